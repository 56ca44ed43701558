import { describeAcls } from '../../../protocol/apis/29-describe-acls.ts'
import { createAcls } from '../../../protocol/apis/30-create-acls.ts'
import { deleteAcls } from '../../../protocol/apis/31-delete-acls.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'

type Filter = Input<typeof describeAcls.request>
type Creation = Input<typeof createAcls.request>['creations'][number]

const topic = 2
const literal = 3
const any = 1
const read = 3
const allow = 3

const filter: Filter = {
  resourceTypeFilter: topic,
  resourceNameFilter: 'a',
  patternTypeFilter: literal,
  principalFilter: null,
  hostFilter: null,
  operation: any,
  permissionType: any,
}

const creation: Creation = {
  resourceType: topic,
  resourceName: 'a',
  resourcePatternType: literal,
  principal: 'User:me',
  host: '*',
  operation: read,
  permissionType: allow,
}

/** Neither broker has an authorizer. */
export const aclsScenarios = [
  ...scenarios(describeAcls, {
    'of a topic': () => filter,
    'of everything': () => ({ ...filter, resourceTypeFilter: any, resourceNameFilter: null }),
    'of an unknown type of resource': () => ({ ...filter, resourceTypeFilter: 0 }),
    'of a type of resource that there is not': () => ({ ...filter, resourceTypeFilter: 99 }),
    'of an unknown operation': () => ({ ...filter, operation: 0 }),
    'of an unknown permission': () => ({ ...filter, permissionType: 0 }),
    'of a principal without a type': () => ({ ...filter, principalFilter: 'me' }),
  }),
  ...scenarios(
    describeAcls,
    {
      'of any pattern': () => ({ ...filter, patternTypeFilter: any }),
      'of an unknown pattern': () => ({ ...filter, patternTypeFilter: 0 }),
    },
    { since: 1 },
  ),

  ...scenarios(createAcls, {
    none: () => ({ creations: [] }),
    one: () => ({ creations: [creation] }),
    'the same twice': () => ({ creations: [creation, creation] }),
    'for any resource': () => ({ creations: [{ ...creation, resourceType: any }] }),
    'for a name that is empty': () => ({ creations: [{ ...creation, resourceName: '' }] }),
    'for an unknown type of resource': () => ({ creations: [{ ...creation, resourceType: 0 }] }),
    'one of them of an unknown operation': () => {
      return { creations: [creation, { ...creation, operation: 0 }] }
    },
  }),

  ...scenarios(deleteAcls, {
    none: () => ({ filters: [] }),
    'of a topic': () => ({ filters: [filter] }),
    'the same twice': () => ({ filters: [filter, filter] }),
    'of an unknown type of resource': () => {
      return { filters: [filter, { ...filter, resourceTypeFilter: 0 }] }
    },
  }),
]
