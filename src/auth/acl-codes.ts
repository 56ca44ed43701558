/** Kafka's numbers, as ACLs are written in requests and rows. */
import type { Operation, ResourceType } from './required.ts'

/** Kafka: ResourceType. */
export const resourceTypeCodes: Readonly<Record<ResourceType, number>> = {
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
}

/** Kafka: AclOperation. */
export const operationCodes: Readonly<Record<Operation, number>> = {
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
}

/** Stands for all operations. */
export const allOperations = 2

/** Kafka: PatternType. */
export const patternTypes = { literal: 3, prefixed: 4 } as const

/** Kafka: AclPermissionType. */
export const permissionTypes = { deny: 2, allow: 3 } as const

/** 0 is unknown in all four. In filters, 1 stands for any of them. */
export const any = 1
/** Of a filter: every pattern that has an effect on the resource of this name. */
export const matchingPatterns = 2

/** The names that the cluster has as a resource. */
export const clusterName = 'kafka-cluster'
