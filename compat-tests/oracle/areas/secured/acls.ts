/** ACLs as such: which there can be, how they are found, and how they are taken away. */
import { describeAcls } from '../../../../protocol/apis/29-describe-acls.ts'
import { createAcls } from '../../../../protocol/apis/30-create-acls.ts'
import { deleteAcls } from '../../../../protocol/apis/31-delete-acls.ts'
import { metadata } from '../../../../protocol/apis/03-metadata.ts'
import type { Input } from '../../../../protocol/schema.ts'
import { guarded, type Need } from '../../guarded.ts'
import * as acls from '../../rights.ts'
import { creationOf, give, type Right } from '../../rights.ts'
import { scenarios } from '../../scenario.ts'
import type { Session } from '../../session.ts'
import { superUser } from '../../users.ts'

type Filter = Input<typeof describeAcls.request>
type Creation = Input<typeof createAcls.request>['creations'][number]

const { resourceTypes, patterns, operations, permissions } = acls

const bySuperUser = { setting: 'secured', user: superUser } as const
const ends = { ...bySuperUser, ends: true }
const last = { ...bySuperUser, last: true }

const principalOf = (s: Session<never>, suffix = 'p'): string => `User:${s.name(suffix)}`

/** Of the case's principal, by default for a topic of its own. */
function creation(s: Session<never>, fields: Partial<Creation> = {}): Creation {
  const right = { operation: 'read', resource: 'topic', name: s.name() } as const
  return { ...creationOf(s, { ...right, principal: principalOf(s) }), ...fields }
}

/** Of all that the case's principal may, unless told otherwise. */
function filter(s: Session<never>, fields: Partial<Filter> = {}): Filter {
  return {
    resourceTypeFilter: resourceTypes.any,
    resourceNameFilter: null,
    patternTypeFilter: patterns.any,
    principalFilter: principalOf(s),
    hostFilter: null,
    operation: operations.any,
    permissionType: permissions.any,
    ...fields,
  }
}

const badCreations: Readonly<Record<string, (s: Session<never>) => Partial<Creation>>> = {
  'of any resource': () => ({ resourceType: resourceTypes.any }),
  'of an unknown resource': () => ({ resourceType: 0 }),
  'of a resource that there is not': () => ({ resourceType: 99 }),
  'of a resource without a name': () => ({ resourceName: '' }),
  'of a topic of no possible name': () => ({ resourceName: 'a/b' }),
  'of any pattern': () => ({ resourcePatternType: patterns.any }),
  'of matching patterns': () => ({ resourcePatternType: patterns.match }),
  'of an unknown pattern': () => ({ resourcePatternType: 0 }),
  'of a pattern that there is not': () => ({ resourcePatternType: 77 }),
  'of the prefix *': () => ({ resourceName: '*', resourcePatternType: patterns.prefixed }),
  'of another cluster': () => ({ resourceType: resourceTypes.cluster, resourceName: 'mine' }),
  'of all clusters': () => ({ resourceType: resourceTypes.cluster, resourceName: '*' }),
  'of clusters by prefix': () => ({
    resourceType: resourceTypes.cluster,
    resourceName: acls.clusterName,
    resourcePatternType: patterns.prefixed,
  }),
  'of any operation': () => ({ operation: operations.any }),
  'of an unknown operation': () => ({ operation: 0 }),
  'of an operation that there is not': () => ({ operation: 99 }),
  'that fit the resource not at all': () => ({ operation: operations.clusterAction }),
  'of tokens of a topic': () => ({ operation: operations.createTokens }),
  'of any permission': () => ({ permissionType: permissions.any }),
  'of an unknown permission': () => ({ permissionType: 0 }),
  'of a permission that there is not': () => ({ permissionType: 9 }),
  'without a principal': () => ({ principal: '' }),
  'of a principal without a type': s => ({ principal: s.name('p') }),
  'of a principal without a name': () => ({ principal: 'User:' }),
  'of a type without a name': () => ({ principal: ':x' }),
  'of a group': s => ({ principal: `Group:${s.name('p')}` }),
  'of a principal with colons': s => ({ principal: `${principalOf(s)}:x:y` }),
  'of no host': () => ({ host: '' }),
  'of a host by name': () => ({ host: 'localhost' }),
  'of a network': () => ({ host: '10.0.0.0/8' }),
  'of a user': s => ({ resourceType: resourceTypes.user, resourceName: principalOf(s) }),
  'of a token': () => ({ resourceType: resourceTypes.delegationToken }),
  'of a transactional id': () => ({ resourceType: resourceTypes.transactionalId }),
}

const creations = scenarios(
  createAcls,
  Object.fromEntries(
    Object.entries(badCreations).map(([name, fields]) => {
      const script = async (s: Session<Input<typeof createAcls.request>>) => {
        await s.ask({ creations: [creation(s, fields(s)), creation(s)] })
        await known(s, 1)
        const { principal = principalOf(s) } = fields(s)
        await s.also(describeAcls, filter(s, { principalFilter: principal }))
        await s.also(describeAcls, filter(s))
      }
      return [name, script]
    }),
  ),
  last,
)

/** Waits until so many of the case's topic are known. */
async function known(s: Session<never>, count: number): Promise<void> {
  await s.until(async () => {
    const { resources } = await s.get(describeAcls, filter(s))
    return resources.flatMap(({ acls }) => acls).length >= count
  })
}

/** One of each kind. */
async function variety(s: Session<never>): Promise<void> {
  const principal = principalOf(s)
  const topic = { operation: 'read', resource: 'topic', name: s.name(), principal } as const
  await give(
    s,
    topic,
    { ...topic, operation: 'write', permission: 'deny' },
    { ...topic, host: '10.1.2.3' },
    { ...topic, name: s.name(''), pattern: 'prefixed' },
    { ...topic, name: s.name('ab'), pattern: 'prefixed' },
    { ...topic, name: '*', operation: 'describe' },
    { ...topic, name: s.name('b'), operation: 'all' },
    { ...topic, resource: 'group' },
    { ...topic, resource: 'transactionalId', operation: 'write' },
    { operation: 'describe', resource: 'cluster', principal },
    { ...topic, principal: principalOf(s, 'q') },
  )
}

const filters: Readonly<Record<string, (s: Session<never>) => Partial<Filter>>> = {
  'of all': () => ({}),
  'of another principal': s => ({ principalFilter: principalOf(s, 'q') }),
  'of a principal that has none': s => ({ principalFilter: principalOf(s, 'r') }),
  'of a principal of another type': s => ({ principalFilter: `Group:${s.name('p')}` }),
  'of topics': () => ({ resourceTypeFilter: resourceTypes.topic }),
  'of groups': () => ({ resourceTypeFilter: resourceTypes.group }),
  'of the cluster': () => ({ resourceTypeFilter: resourceTypes.cluster }),
  'of users': () => ({ resourceTypeFilter: resourceTypes.user }),
  'of a name': s => ({ resourceNameFilter: s.name() }),
  'of a name, literally': s => {
    return { resourceNameFilter: s.name(), patternTypeFilter: patterns.literal }
  },
  'of a name, as a prefix': s => {
    return { resourceNameFilter: s.name('ab'), patternTypeFilter: patterns.prefixed }
  },
  'that match a name': s => {
    return { resourceNameFilter: s.name('abc'), patternTypeFilter: patterns.match }
  },
  'that match a topic': s => ({
    resourceTypeFilter: resourceTypes.topic,
    resourceNameFilter: s.name(),
    patternTypeFilter: patterns.match,
  }),
  'that match any name': () => ({ patternTypeFilter: patterns.match }),
  'of the wildcard': () => ({ resourceNameFilter: '*' }),
  'of the wildcard, literally': () => {
    return { resourceNameFilter: '*', patternTypeFilter: patterns.literal }
  },
  'that match the wildcard': () => {
    return { resourceNameFilter: '*', patternTypeFilter: patterns.match }
  },
  'of prefixes': () => ({ patternTypeFilter: patterns.prefixed }),
  'of literals': () => ({ patternTypeFilter: patterns.literal }),
  'of no name': () => ({ resourceNameFilter: '' }),
  'of reading': () => ({ operation: operations.read }),
  'of everything that can be done': () => ({ operation: operations.all }),
  'that deny': () => ({ permissionType: permissions.deny }),
  'that allow': () => ({ permissionType: permissions.allow }),
  'of a host': () => ({ hostFilter: '10.1.2.3' }),
  'of all hosts': () => ({ hostFilter: '*' }),
  'of an unknown resource': () => ({ resourceTypeFilter: 0 }),
  'for an unknown pattern': () => ({ patternTypeFilter: 0 }),
  'for an unknown operation': () => ({ operation: 0 }),
  'for an unknown permission': () => ({ permissionType: 0 }),
  'for a principal without a type': () => ({ principalFilter: 'me' }),
}

type Entries<T> = readonly (readonly [string, T])[]

function byFilters<T>(script: (fields: (s: Session<never>) => Partial<Filter>) => T) {
  const entries: Entries<T> = Object.entries(filters).map(([name, fields]) => {
    return [name, script(fields)]
  })
  return Object.fromEntries(entries)
}

const searches = [
  ...scenarios(
    describeAcls,
    byFilters(fields => async (s: Session<Filter>) => {
      await variety(s)
      return filter(s, fields(s))
    }),
    ends,
  ),
  ...scenarios(
    deleteAcls,
    byFilters(fields => async (s: Session<Input<typeof deleteAcls.request>>) => {
      await variety(s)
      await s.ask({ filters: [filter(s, fields(s)), filter(s, { operation: operations.write })] })
      await s.settled()
      await s.also(describeAcls, filter(s))
    }),
    last,
  ),
  ...scenarios(
    deleteAcls,
    {
      'by the same filter twice': async s => {
        await variety(s)
        return { filters: [filter(s), filter(s)] }
      },
      'by no filter': () => ({ filters: [] }),
    },
    ends,
  ),
]

const describeCluster: Need[] = [['describe', 'cluster']]
const alterCluster: Need[] = [['alter', 'cluster']]

const byRights = [
  ...guarded(describeAcls, 'of a principal', describeCluster, async s => {
    await give(s, {
      operation: 'read',
      resource: 'topic',
      name: s.name(),
      principal: principalOf(s),
    })
    return filter(s)
  }),
  ...guarded(createAcls, 'one that is good, and one that is not', alterCluster, s => {
    return { creations: [creation(s), creation(s, { host: '' })] }
  }),
  ...guarded(deleteAcls, 'of a principal', alterCluster, s => ({ filters: [filter(s)] })),
]

/** What a user sees of topic a by rights that are given another way; one who reads may see. */
const otherRights: Readonly<Record<string, (s: Session<never>) => Partial<Right>[]>> = {
  'from here': () => [{ host: '127.0.0.1' }],
  'from another host': () => [{ host: '10.1.2.3' }],
  'from anywhere but here': () => [{}, { host: '127.0.0.1', permission: 'deny' }],
  'from anywhere but another host': () => [{}, { host: '10.1.2.3', permission: 'deny' }],
  'as everybody': () => [{ principal: 'User:*' }],
  'as everybody, but not this user': () => [{ principal: 'User:*' }, { permission: 'deny' }],
  'as this user, but not everybody': () => [{}, { principal: 'User:*', permission: 'deny' }],
  'as a group': s => [{ principal: `Group:${s.user}` }],
  'by a longer prefix': s => [{ name: s.name('ab'), pattern: 'prefixed' }],
  'by the name as a prefix': () => [{ pattern: 'prefixed' }],
  'by prefix, denied by name': s => [
    { name: s.name(''), pattern: 'prefixed' },
    { permission: 'deny' },
  ],
  'by name, denied by prefix': s => [
    {},
    { name: s.name(''), pattern: 'prefixed', permission: 'deny' },
  ],
  'by name, all else denied': () => [{}, { name: '*', permission: 'deny', operation: 'all' }],
  'to do all': () => [{ operation: 'all' }],
  'to write': () => [{ operation: 'write' }],
  'to delete': () => [{ operation: 'delete' }],
  'to alter': () => [{ operation: 'alter' }],
  'to create': () => [{ operation: 'create' }],
  'to see configs': () => [{ operation: 'describeConfigs' }],
  'to alter configs': () => [{ operation: 'alterConfigs' }],
  'to read, but not to see': () => [{}, { operation: 'describe', permission: 'deny' }],
  'to see, but not to read': () => [
    { operation: 'describe' },
    { operation: 'read', permission: 'deny' },
  ],
}

const ways = scenarios(
  metadata,
  Object.fromEntries(
    Object.entries(otherRights).map(([name, rights]) => {
      const script = async (s: Session<Input<typeof metadata.request>>) => {
        const topic = await s.topic()
        const right = { operation: 'read', resource: 'topic', name: topic.name } as const
        await give(s, ...rights(s).map(fields => ({ ...right, ...fields })))
        const topics = [{ name: topic.name }]
        return { topics, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true }
      }
      return [`with rights ${name}`, script]
    }),
  ),
  { setting: 'secured', last: true },
)

export const securedAclsScenarios = [...creations, ...searches, ...byRights, ...ways]
