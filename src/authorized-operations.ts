/**
 * What a client may do, as the bit field of KIP-430: bit n is ACL operation n. Without an
 * authorizer, everybody may do all that there is to do.
 */
const operation = {
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
} as const

type Operation = keyof typeof operation

const bits = (...names: Operation[]): number =>
  names.reduce((field, name) => field | (1 << operation[name]), 0)

/** Stands for "not asked for". */
export const operationsOmitted = -(2 ** 31)

export const topicOperations = bits(
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'describeConfigs',
  'alterConfigs',
)

export const clusterOperations = bits(
  'create',
  'alter',
  'describe',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
)

export const groupOperations = bits('read', 'delete', 'describe', 'describeConfigs', 'alterConfigs')
