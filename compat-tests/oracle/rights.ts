/** Gives rights to users, and takes them: ACLs, and the wait until both brokers go by them. */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { Session } from './session.ts'
import { prober } from './users.ts'

/** Kafka's ResourceType, PatternType, AclOperation and AclPermissionType. */
export const resourceTypes = {
  any: 1,
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
} as const
export const patterns = { any: 1, match: 2, literal: 3, prefixed: 4 } as const
export const operations = {
  any: 1,
  all: 2,
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
  createTokens: 13,
  describeTokens: 14,
  twoPhaseCommit: 15,
} as const
export const permissions = { any: 1, deny: 2, allow: 3 } as const

export const clusterName = 'kafka-cluster'

export interface Right {
  operation: keyof typeof operations
  resource: keyof typeof resourceTypes
  /** Of the cluster, if none. */
  name?: string
  pattern?: keyof typeof patterns
  permission?: keyof typeof permissions
  host?: string
  /** The user of the case, if none. */
  principal?: string
}

/** As CreateAcls has it. */
export function creationOf(s: Session<never>, right: Right) {
  const { name = clusterName, pattern = 'literal', permission = 'allow', host = '*' } = right
  return {
    resourceType: resourceTypes[right.resource],
    resourceName: name,
    resourcePatternType: patterns[pattern],
    principal: right.principal ?? `User:${s.user}`,
    host,
    operation: operations[right.operation],
    permissionType: permissions[permission],
  }
}

/** Gives rights, and waits until the broker goes by them. */
export async function give(s: Session<never>, ...rights: readonly Right[]): Promise<void> {
  const probe = s.name('probe')
  const principal = `User:${prober}`
  const last = { operation: 'create', resource: 'topic', name: probe, principal } as const
  const creations = [...rights, last].map(right => creationOf(s, right))
  const { results } = await s.get(createAcls, { creations })
  const bad = results.find(({ errorCode }) => errorCode !== errors.NONE)
  if (bad !== undefined) throw new Error(`${errorName(bad.errorCode)}: ${bad.errorMessage}`)
  await s.until(async () => {
    const { resources } = await s.get(describeAcls, {
      resourceTypeFilter: resourceTypes.topic,
      resourceNameFilter: probe,
      patternTypeFilter: patterns.literal,
      principalFilter: principal,
      hostFilter: null,
      operation: operations.any,
      permissionType: permissions.any,
    })
    return resources.length > 0
  })
  await s.until(async () => {
    const topic = { name: probe, numPartitions: 1, replicationFactor: 1, assignments: [] }
    const request = { topics: [{ ...topic, configs: [] }], timeoutMs: 9999, validateOnly: true }
    const { topics } = await s.getAs(prober, createTopics, request)
    return topics[0]!.errorCode === errors.NONE
  })
}
