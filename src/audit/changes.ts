/** Which APIs change what, for the audit. The answer tells, so that what failed is told as well. */
import type { createTopics } from '../../protocol/apis/19-create-topics.ts'
import type { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import type { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import type { createAcls } from '../../protocol/apis/30-create-acls.ts'
import type { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import type { alterConfigs } from '../../protocol/apis/33-alter-configs.ts'
import type { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import type { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import type { renewDelegationToken } from '../../protocol/apis/39-renew-delegation-token.ts'
import type { expireDelegationToken } from '../../protocol/apis/40-expire-delegation-token.ts'
import type { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import type { alterReassignments } from '../../protocol/apis/45-alter-partition-reassignments.ts'
import type { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import type { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import type { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import type { Field, Infer } from '../../protocol/schema.ts'
import { resourceTypeCodes } from '../auth/acl-codes.ts'

export interface Change {
  type: string
  name: string
  errorCode: number
  /** Names, never values. */
  changed?: readonly string[]
}

type Changes = (request: unknown, response: unknown) => readonly Change[]

/** Says of an API what a request has changed, as its answer tells. */
function by<A extends { request: Field; response: Field }>(
  name: string,
  changes: (request: Infer<A['request']>, response: Infer<A['response']>) => readonly Change[],
): readonly [string, Changes] {
  return [name, changes as Changes]
}

const topic = 'topic'
const named =
  (type: string) =>
  ({ name, errorCode }: { name: string | null; errorCode: number }): Change => ({
    type,
    name: name ?? '',
    errorCode,
  })

/** Kafka's ConfigResource.Type. */
const configResources: Readonly<Record<number, string>> = {
  2: topic,
  4: 'broker',
  8: 'brokerLogger',
  16: 'clientMetrics',
  32: 'group',
}
const resourceTypes = new Map(Object.entries(resourceTypeCodes).map(([type, code]) => [code, type]))

interface ConfigAnswer {
  resourceType: number
  resourceName: string
  errorCode: number
}

interface AlteredConfigs {
  resourceType: number
  resourceName: string
  configs: readonly { name: string }[]
}

function configChanges(
  asked: readonly AlteredConfigs[],
  answers: readonly ConfigAnswer[],
): Change[] {
  return answers.map(({ resourceType, resourceName: name, errorCode }) => {
    const own = asked.find(each => each.resourceType === resourceType && each.resourceName === name)
    const changed = own?.configs.map(config => config.name) ?? []
    return { type: configResources[resourceType] ?? 'unknown', name, errorCode, changed }
  })
}

interface Acl {
  resourceType: number
  resourceName: string
  principal: string
}

function aclChange({ resourceType, resourceName, principal }: Acl, errorCode: number): Change {
  const on = `${resourceTypes.get(resourceType) ?? 'unknown'} ${resourceName}`
  return { type: 'acl', name: on, errorCode, changed: [principal] }
}

/** The first that failed of the partitions of a topic. */
function ofPartitions(
  name: string,
  partitions: readonly { errorCode: number }[],
  changed: string,
): Change {
  const errorCode = partitions.find(each => each.errorCode !== 0)?.errorCode ?? 0
  return { type: topic, name, errorCode, changed: [changed] }
}

function entityName(entity: readonly { entityType: string; entityName: string | null }[]): string {
  return entity.map(each => `${each.entityType} ${each.entityName ?? '<default>'}`).join(', ')
}

const token = 'delegationToken'

const apis: ReadonlyMap<string, Changes> = new Map([
  by<typeof createTopics>('CreateTopics', (_, { topics }) => topics.map(named(topic))),
  by<typeof deleteTopics>('DeleteTopics', (_, { responses }) => responses.map(named(topic))),
  by<typeof createPartitions>('CreatePartitions', (_, { results }) => results.map(named(topic))),
  by<typeof deleteRecords>('DeleteRecords', (_, { topics }) =>
    topics.map(({ name, partitions }) => ofPartitions(name, partitions, 'records')),
  ),
  by<typeof alterReassignments>('AlterPartitionReassignments', (_, { responses }) =>
    responses.map(({ name, partitions }) => ofPartitions(name, partitions, 'replicas')),
  ),
  by<typeof alterConfigs>('AlterConfigs', ({ resources }, { responses }) =>
    configChanges(resources, responses),
  ),
  by<typeof incrementalAlterConfigs>('IncrementalAlterConfigs', ({ resources }, { responses }) =>
    configChanges(resources, responses),
  ),
  by<typeof createAcls>('CreateAcls', ({ creations }, { results }) =>
    creations.map((creation, i) => aclChange(creation, results[i]!.errorCode)),
  ),
  by<typeof deleteAcls>('DeleteAcls', (_, { filterResults }) =>
    filterResults.flatMap(({ errorCode, matchingAcls }) =>
      errorCode === 0
        ? matchingAcls.map(acl => aclChange(acl, acl.errorCode))
        : [{ type: 'acl', name: '', errorCode }],
    ),
  ),
  by<typeof alterClientQuotas>('AlterClientQuotas', ({ entries: asked }, { entries }) =>
    entries.map(({ entity, errorCode }, i) => {
      const changed = asked[i]?.ops.map(({ key }) => key) ?? []
      return { type: 'clientQuota', name: entityName(entity), errorCode, changed }
    }),
  ),
  by<typeof alterUserScram>('AlterUserScramCredentials', (_, { results }) =>
    results.map(({ user: name, errorCode }) => ({ type: 'user', name, errorCode })),
  ),
  by<typeof createDelegationToken>('CreateDelegationToken', (_, { tokenId: name, errorCode }) => [
    { type: token, name, errorCode, changed: ['created'] },
  ]),
  by<typeof renewDelegationToken>('RenewDelegationToken', (_, { errorCode }) => [
    { type: token, name: '', errorCode, changed: ['renewed'] },
  ]),
  by<typeof expireDelegationToken>('ExpireDelegationToken', (_, { errorCode }) => [
    { type: token, name: '', errorCode, changed: ['expired'] },
  ]),
  by<typeof updateFeatures>('UpdateFeatures', ({ featureUpdates }, { errorCode }) =>
    featureUpdates.map(({ feature: name }) => ({ type: 'feature', name, errorCode })),
  ),
])

/** What a request has changed or tried to; nothing for most APIs, nor if it only asks. */
export function changesOf(api: string, request: unknown, response: unknown): readonly Change[] {
  const changes = apis.get(api)
  if (changes === undefined || response === undefined) return []
  const { validateOnly = false } = request as { validateOnly?: boolean }
  return validateOnly ? [] : changes(request, response)
}
