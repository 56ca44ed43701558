/** Brokers with an authorizer, and ACLs on them. */
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import type { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import type { Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named } from './wire.ts'

export const withAuthorizer = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
} as const

/** All that connect may do everything. */
export const openToAll = { ...withAuthorizer, 'super.users': 'User:ANONYMOUS' } as const

type Creation = Input<typeof createAcls.request>['creations'][number]
export type Filter = Input<typeof deleteAcls.request>['filters'][number]

export const allowRead = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
} satisfies Creation

export const everything: Filter = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

export async function createAll(client: RawClient, ...creations: Partial<Creation>[]) {
  const { results } = await client.request(createAcls, latest(createAcls), {
    creations: creations.map(creation => ({ ...allowRead, ...creation })),
  })
  return results.map(named)
}

export async function listed(client: RawClient, filter: Partial<Filter> = {}) {
  const request = { ...everything, ...filter }
  return named(await client.request(describeAcls, latest(describeAcls), request))
}
