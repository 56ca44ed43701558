/**
 * All of a broker but its network: what storage holds, as objects that act, and how requests are
 * answered from it. No logic: it opens the parts, and closes them in reverse.
 */
import type { Change, MetadataStore, Rows } from '../storage/metadata-store.ts'
import type { LogStore } from '../storage/partition-log.ts'
import { openSecurity } from './auth/security.ts'
import { SlowDisk } from './chaos/slow-disk.ts'
import type { Clock } from './clock.ts'
import { Cluster } from './cluster.ts'
import { groupConfig, type Config, type GroupConfig } from './config.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { DynamicConfigs } from './dynamic-configs.ts'
import { servedBy } from './emulation.ts'
import { Faults } from './faults/faults.ts'
import { Features } from './features.ts'
import { FetchSessions } from './fetch-sessions.ts'
import { GroupCoordinator } from './groups/coordinator.ts'
import type { GroupsOptions } from './groups/groups.ts'
import type { Services } from './handler.ts'
import { handlers } from './handlers/index.ts'
import type { LiveNodes } from './live-nodes.ts'
import type { LateConsumers } from './late-consumers.ts'
import type { Logger } from './logger.ts'
import { Maintenance } from './maintenance.ts'
import type { BufferPool } from './memory/buffer-pool.ts'
import type { RequestMetrics } from './metrics/request-metrics.ts'
import { MetadataLog } from './metadata-log.ts'
import { storedProducers } from './partitions/producer-rows.ts'
import type { Random } from './random.ts'
import { Reassignments } from './reassignments.ts'
import { Resources } from './resources.ts'
import {
  SharePartitions,
  type SharePartitionsOptions,
} from './share-partitions/share-partitions.ts'
import { ShareStates } from './share-partitions/share-states.ts'
import { groupState } from './state-topics/group-records.ts'
import {
  StateTopic,
  type StateTopicContent,
  type StateTopicOptions,
} from './state-topics/state-topic.ts'
import { transactionState } from './state-topics/transaction-records.ts'
import { Telemetry } from './telemetry/telemetry.ts'
import type { TlsListeners } from './tls/tls-listeners.ts'
import { Topics, type Topic } from './topics.ts'
import { Trace } from './trace/trace.ts'
import { TransactionCoordinator } from './transactions/coordinator.ts'
import type { TransactionsOptions } from './transactions/transactions.ts'
import { writeMarker } from './transactions/write-marker.ts'

/** Where everything that lasts is kept. */
export interface Storage {
  metadata: MetadataStore
  logs: LogStore
  /** Opens it again when it is closed, with all that is in it; for brokers that are reset. */
  reopen?: () => Storage | Promise<Storage>
  /** Storage for another broker, which begins with what there is now. */
  fork?: (clock: Clock) => Storage
}

export interface StateOptions extends Storage {
  /** What the brokers were started with. */
  config: Config
  /** What acts instead, with what is set while they run: it is written here. */
  acting: Config
  tls: TlsListeners
  buffers: BufferPool
  nodes: LiveNodes
  lateConsumers: LateConsumers
  requestMetrics: RequestMetrics | undefined
  logger: Logger
  clock: Clock
  realClock: Clock
  random: Random
}

export interface BrokerState {
  readonly services: Services
  readonly dispatch: Dispatch
  /** Who waits for a group is sent elsewhere, and no group takes anything any more. */
  stop(): void
  /** Besides, all topics are gone at once; what storage holds is of no use to anybody. */
  abandon(): void
  /** Makes everything durable, and releases storage. */
  close(): Promise<void>
}

/** Rejects with what storage throws; it is released then. */
export async function openState(options: StateOptions): Promise<BrokerState> {
  const { logs, logger, clock, realClock, random, requestMetrics } = options
  await using opened = new Resources()
  opened.defer(() => options.metadata.close())
  opened.defer(() => logs.close())
  const rows = await loadRows(options.metadata)
  const metadata = await MetadataLog.open(options.metadata, rows.metadataLog.get('log'), random)
  const dynamicConfigs = new DynamicConfigs(rows.config.values(), { ...options, metadata })
  const { config } = dynamicConfigs
  const stored = rows.cluster.get('cluster')
  const cluster = await Cluster.open(stored, options.nodes, metadata, random, config.clusterId)
  const shareStates = new ShareStates(rows.shareState.values(), metadata)
  const onDelete = (topic: Topic): Change[] =>
    [groups, shareStates].flatMap(state => state.topicDeleted(topic))
  const development = openDevelopment({ ...options, config })
  const { disk = logs } = development
  const topics = new Topics({ ...options, logs: disk, config, cluster, metadata, onDelete })
  opened.defer(() => topics.close())
  await topics.load(rows.topic, storedProducers(rows), rows.deletedTopic.keys())
  const reassignments = new Reassignments({ topics, cluster, config, clock, logger })
  opened.defer(() => reassignments.close())
  const own = { config, metadata, cluster, topics, shareStates, requestMetrics }
  const shared = { ...own, clock, realClock, random, logger }
  const grouped = openGroups(rows, { ...shared, opened, dynamicConfigs })
  const { groups } = grouped
  const subscriptions = () => dynamicConfigs.clientMetrics.values()
  const telemetry = new Telemetry({ config, clock, random, logger, subscriptions })
  const { apis, features } = openApis(rows, shared)
  const coordinated = openTransactions(rows, { ...shared, opened, features, groups })
  const maintenance = new Maintenance({ config, topics, clock, logger })
  opened.defer(() => maintenance.close())
  const services: Services = {
    ...own,
    dynamicConfigs,
    logger,
    clock,
    realClock,
    reassignments,
    ...grouped,
    ...coordinated,
    fetchSessions: new FetchSessions(config.maxIncrementalFetchSessionCacheSlots, random),
    ...(await openSecurity(rows, { ...shared, opened })),
    telemetry,
    ...development,
    apis,
    features,
    metadataLog: metadata,
    buffers: options.buffers,
    tls: options.tls,
  }
  const stop = (): void => {
    development.faults.close()
    groups.close()
  }
  const resources = opened.move()
  return {
    services,
    dispatch: createDispatch(apis, services),
    stop,
    abandon() {
      stop()
      topics.abandon()
    },
    async close() {
      // What share consumers gave back when their connections were closed.
      await shareStates.settled()
      await resources[Symbol.asyncDispose]()
    },
  }
}

/** What only a broker for development lets people do, and what it keeps for them to see. */
function openDevelopment(options: StateOptions) {
  const { config, realClock, logs, lateConsumers } = options
  return {
    faults: new Faults({ ...options, clock: realClock }),
    lateConsumers,
    trace: config.development ? new Trace(realClock) : undefined,
    disk: config.development ? new SlowDisk(logs, realClock) : undefined,
  }
}

/** The APIs that the release has, and the features of the cluster as they were stored. */
function openApis(rows: RowMaps, { config, metadata }: { config: Config; metadata: MetadataLog }) {
  const apis = servedBy(config.kafkaRelease, handlers)
  const features = new Features({ release: config.kafkaRelease, apis, metadata })
  features.load(rows.feature)
  return { apis, features }
}

/** Groups as they were stored, and the topic that tells of them. */
function openGroups(
  rows: RowMaps,
  options: Omit<GroupsOptions, 'groupConfig'> &
    Omit<SharePartitionsOptions, 'groupConfig'> &
    Omit<StateTopicOptions, keyof StateTopicContent | 'rows'> & {
      dynamicConfigs: DynamicConfigs
      opened: Resources
    },
) {
  const { dynamicConfigs, config } = options
  const groupConfigOf = (groupId: string): GroupConfig =>
    groupConfig(dynamicConfigs.of('group', groupId), config)
  const withConfig = { ...options, groupConfig: groupConfigOf }
  const groups = new GroupCoordinator(withConfig)
  groups.load(rows)
  const offsetsTopic = new StateTopic({ ...options, ...groupState, rows: () => groups.rows() })
  offsetsTopic.load(rows.stateTopic.get(groupState.name))
  options.opened.defer(() => offsetsTopic.close())
  return { groups, offsetsTopic, sharePartitions: new SharePartitions(withConfig) }
}

/** Transactions as they were stored, and the topic that tells of them; what was decided goes on. */
function openTransactions(
  rows: RowMaps,
  {
    features,
    metadata,
    topics,
    groups,
    opened,
    ...options
  }: Omit<TransactionsOptions, 'transactionVersion' | 'coordinatorEpoch' | 'writeMarker'> & {
    realClock: Clock
    features: Features
    metadata: MetadataLog
    topics: Topics
    groups: GroupCoordinator
    opened: Resources
  },
) {
  const transactions = new TransactionCoordinator({
    ...options,
    metadata,
    transactionVersion: () => features.level('transaction.version'),
    // From 0 on, as leader epochs of __transaction_state.
    coordinatorEpoch: metadata.leaderEpoch - 1,
    writeMarker: (...marker) => writeMarker({ topics, groups }, ...marker),
  })
  const surroundings = { ...options, ...transactionState, metadata, topics }
  const transactionsTopic = new StateTopic({ ...surroundings, rows: () => transactions.rows() })
  transactions.load(rows.transaction)
  transactionsTopic.load(rows.stateTopic.get(transactionState.name))
  opened.defer(() => transactionsTopic.close())
  opened.defer(() => transactions.close())
  return { transactions, transactionsTopic }
}

type RowMaps = { [K in keyof Rows]: Map<string, Rows[K]> }

async function loadRows(metadata: MetadataStore): Promise<RowMaps> {
  const rows: RowMaps = {
    topic: new Map(),
    deletedTopic: new Map(),
    group: new Map(),
    groupMember: new Map(),
    offset: new Map(),
    shareState: new Map(),
    producers: new Map(),
    abortedTransactions: new Map(),
    transaction: new Map(),
    pendingOffset: new Map(),
    cluster: new Map(),
    config: new Map(),
    clientQuota: new Map(),
    scramCredential: new Map(),
    secret: new Map(),
    acl: new Map(),
    delegationToken: new Map(),
    feature: new Map(),
    metadataLog: new Map(),
    stateTopic: new Map(),
  }
  for await (const { kind, key, value } of metadata.load()) {
    if (value !== null) rows[kind].set(key, value as never)
  }
  return rows
}
