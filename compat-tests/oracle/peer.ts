/** The two brokers, configured alike. */
import { setTimeout } from 'node:timers/promises'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { errors } from '../../protocol/errors.ts'
import { startKafkaCluster } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { ask } from './ask.ts'
import { Connection } from './connection.ts'
import type { Setting } from './scenario.ts'
import { superUser, securityConfigs } from './users.ts'

/** First and last version of each API, by its key. */
export type Ranges = ReadonlyMap<number, readonly [number, number]>

export interface Peer {
  /** Addresses of its brokers 1, 2, ... */
  readonly brokers: readonly string[]
  /** Whether clients have to say who they are. */
  readonly isSecured: boolean
  readonly clusterId: string
  /** What its ApiVersions says. */
  readonly ranges: Ranges
  /** What both brokers serve. */
  readonly common: Ranges
}

export interface Peers extends AsyncDisposable {
  readonly kafka: Peer
  readonly ours: Peer
}

/** Records in here have old timestamps, and nothing may expire while both are compared. */
const configs = [
  'log.retention.ms=-1',
  'group.min.session.timeout.ms=1000',
  'offsets.topic.num.partitions=1',
  'transaction.state.log.num.partitions=1',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms=200',
]
const kafkaOnly = [
  'share.coordinator.state.topic.num.partitions=1',
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
]
/** The versions that Apache Kafka 4.3 serves; those of older releases are not compared. */
const ourArguments = ['--as', '4.3', '--set', 'node.id=1', '--durability', 'os']

/**
 * Starts both; resolves when both answer, and know who coordinates groups. Where clients have to
 * say who they are, these users can.
 */
export async function startPeers(setting: Setting, users: readonly string[]): Promise<Peers> {
  await using starting = new AsyncDisposableStack()
  const count = setting === 'three brokers' ? 3 : 1
  const isSecured = setting === 'secured' || setting === 'permissive'
  const isPermissive = setting === 'permissive'
  const all = [...configs, ...(isSecured ? securityConfigs(users, isPermissive) : [])]
  const settings = all.flatMap(config => ['--set', config])
  const brokers = await Promise.all([
    startKafkaCluster(count, ...all, ...kafkaOnly).then(kafka => starting.use(kafka)),
    startServer(...ourArguments, ...settings, '--brokers', `${count}`).then(server =>
      starting.use(server),
    ),
  ])
  const [kafka, ours] = await Promise.all(
    brokers.map(async ({ bootstrapServers }) => introduce(bootstrapServers, count, isSecured)),
  )
  const common = intersection(kafka!.ranges, ours!.ranges)
  const running = starting.move()
  return {
    kafka: { ...kafka!, common },
    ours: { ...ours!, common },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** How long a broker may take to get ready. */
const startMs = 60_000
/** Between two questions whether it is: whoever asks takes the time of whoever answers. */
const pauseMs = 20
const idempotent = { transactionalId: null, transactionTimeoutMs: 9999 }

async function introduce(
  bootstrapServers: string,
  count: number,
  isSecured: boolean,
): Promise<Omit<Peer, 'common'>> {
  const user = isSecured ? superUser : undefined
  using connection = await Connection.open(bootstrapServers, user)
  const { apiKeys } = await ask(connection, apiVersions, 0, {})
  const { brokers, clusterId } = await repeat(async () => {
    const request = { includeClusterAuthorizedOperations: false }
    const cluster = await ask(connection, describeCluster, 0, request)
    return cluster.brokers.length === count ? cluster : undefined
  })
  // Kafka creates its topic of offsets for the first who asks, and loads it before it answers.
  const { host, port } = await repeat(async () => {
    const found = await ask(connection, findCoordinator, 3, { key: 'oracle', keyType: 0 })
    return found.errorCode === errors.NONE ? found : undefined
  })
  using coordinator = await Connection.open(`${host}:${port}`, user)
  await repeat(async () => {
    const { groups } = await ask(coordinator, describeGroups, 2, { groups: ['oracle'] })
    const { errorCode } = await ask(connection, initProducerId, 4, idempotent)
    return groups[0]!.errorCode === errors.NONE && errorCode === errors.NONE ? groups : undefined
  })
  if (apiKeys.some(({ apiKey }) => apiKey === endTxn.key)) await awaitTransactions(connection, user)
  return {
    brokers: brokers
      .toSorted((a, b) => a.brokerId - b.brokerId)
      .map(({ host, port }) => `${host}:${port}`),
    isSecured,
    clusterId,
    ranges: new Map(
      apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
    ),
  }
}

/** The same for its topic of transactions. */
async function awaitTransactions(connection: Connection, user?: string): Promise<void> {
  const producer = { ...idempotent, transactionalId: 'oracle-' }
  const { host, port } = await repeat(async () => {
    const { transactionalId: key } = producer
    const found = await ask(connection, findCoordinator, 3, { key, keyType: 1 })
    return found.errorCode === errors.NONE ? found : undefined
  })
  using coordinator = await Connection.open(`${host}:${port}`, user)
  await repeat(async () => {
    const answer = await ask(coordinator, initProducerId, 4, producer)
    return answer.errorCode === errors.NONE ? answer : undefined
  })
}

/** Until there is an answer. */
async function repeat<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + startMs
  for (;;) {
    const answer = await attempt()
    if (answer !== undefined) return answer
    if (performance.now() > endMs) throw new Error('a broker did not get ready')
    await setTimeout(pauseMs)
  }
}

function intersection(some: Ranges, others: Ranges): Ranges {
  const common = new Map<number, readonly [number, number]>()
  for (const [key, [first, last]] of some) {
    const other = others.get(key)
    if (other === undefined) continue
    const range = [Math.max(first, other[0]), Math.min(last, other[1])] as const
    if (range[0] <= range[1]) common.set(key, range)
  }
  return common
}
