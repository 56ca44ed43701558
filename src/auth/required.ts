/** What each API asks for, as in Apache Kafka 4.3.1 (KafkaApis, ControllerApis, AuthHelper). */

/** Kafka's AclOperation. */
export type Operation =
  | 'read'
  | 'write'
  | 'create'
  | 'delete'
  | 'alter'
  | 'describe'
  | 'clusterAction'
  | 'describeConfigs'
  | 'alterConfigs'
  | 'idempotentWrite'
  | 'createTokens'
  | 'describeTokens'
  | 'twoPhaseCommit'

/** Kafka's ResourceType. */
export type ResourceType =
  'topic' | 'group' | 'cluster' | 'transactionalId' | 'delegationToken' | 'user'

export interface Rule {
  readonly operation: Operation
  readonly resource: ResourceType
}
