/** The two brokers, configured alike. */
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errors } from '../../protocol/errors.ts'
import { encodeRequest, type Api } from '../../protocol/api.ts'
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { Connection } from './connection.ts'

/** First and last version of each API, by its key. */
export type Ranges = ReadonlyMap<number, readonly [number, number]>

export interface Peer {
  readonly bootstrapServers: string
  readonly port: number
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
const configs = ['log.retention.ms=-1', 'group.min.session.timeout.ms=1000']
const kafkaOnly = [
  'offsets.topic.num.partitions=1',
  'transaction.state.log.num.partitions=1',
  'share.coordinator.state.topic.num.partitions=1',
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
]
/** The versions that Apache Kafka 4.3 serves; those of older releases are not compared. */
const ourArguments = ['--as', '4.3', '--set', 'node.id=1', '--durability', 'os']

/** Starts both; resolves when both answer, and know who coordinates groups. */
export async function startPeers(): Promise<Peers> {
  await using starting = new AsyncDisposableStack()
  const settings = configs.flatMap(config => ['--set', config])
  const brokers = await Promise.all([
    startKafka(...configs, ...kafkaOnly).then(kafka => starting.use(kafka)),
    startServer(...ourArguments, ...settings).then(server => starting.use(server)),
  ])
  const [kafka, ours] = await Promise.all(
    brokers.map(async ({ bootstrapServers }) => introduce(bootstrapServers)),
  )
  const common = intersection(kafka!.ranges, ours!.ranges)
  const running = starting.move()
  return {
    kafka: { ...kafka!, common },
    ours: { ...ours!, common },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const idempotent = { transactionalId: null, transactionTimeoutMs: 9999 }

async function introduce(bootstrapServers: string): Promise<Omit<Peer, 'common'>> {
  using connection = await Connection.open(bootstrapServers)
  const get = async <In, Out, OutIn>(
    api: Api<unknown, In, Out, OutIn>,
    version: number,
    body: In,
  ) => {
    const outcome = await connection.ask(
      api as unknown as Api,
      version,
      encodeRequest(api, version, body),
    )
    if (typeof outcome === 'string') throw new Error(`${bootstrapServers}: ${outcome}`)
    return outcome.answer as Out
  }
  const { apiKeys } = await get(apiVersions, 0, {})
  const { clusterId } = await get(describeCluster, 0, { includeClusterAuthorizedOperations: false })
  // Kafka creates its topic of offsets for the first who asks, and loads it before it answers.
  for (const isReady of [
    async () => (await get(findCoordinator, 3, { key: 'oracle', keyType: 0 })).errorCode,
    async () => (await get(describeGroups, 2, { groups: ['oracle'] })).groups[0]!.errorCode,
    async () => (await get(initProducerId, 4, idempotent)).errorCode,
  ]) {
    while ((await isReady()) !== errors.NONE);
  }
  return {
    bootstrapServers,
    port: Number(bootstrapServers.split(':')[1]),
    clusterId,
    ranges: new Map(
      apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]),
    ),
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
