/** The composition root: opens state from storage, listens, and closes in reverse. No logic. */
import type { Change, MetadataStore, Rows } from '../storage/metadata-store.ts'
import type { LogStore } from '../storage/partition-log.ts'
import { openSecurity } from './auth/security.ts'
import type { Address } from './call.ts'
import type { Clock } from './clock.ts'
import { Cluster } from './cluster.ts'
import { groupConfig, type Config, type GroupConfig } from './config.ts'
import { createDispatch } from './dispatch.ts'
import { DynamicConfigs } from './dynamic-configs.ts'
import { handlersOf } from './emulation.ts'
import { Features } from './features.ts'
import { FetchSessions } from './fetch-sessions.ts'
import { GroupCoordinator } from './groups/coordinator.ts'
import type { GroupsOptions } from './groups/groups.ts'
import { lagOf, type PartitionLag } from './groups/offsets/lag.ts'
import type { Services } from './handler.ts'
import { handlers } from './handlers/index.ts'
import type { MetricsSource } from './http/metrics.ts'
import { Listeners, type ListenersOptions } from './listeners.ts'
import type { Logger } from './logger.ts'
import { BrokerMemory } from './memory/broker-memory.ts'
import { Maintenance } from './maintenance.ts'
import { MetadataLog } from './metadata-log.ts'
import { storedProducers } from './partitions/producer-rows.ts'
import type { Random } from './random.ts'
import { Reassignments } from './reassignments.ts'
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
import { Telemetry, type ClientMetrics } from './telemetry/telemetry.ts'
import { Topics, type OfflinePartition, type Topic } from './topics.ts'
import { writeMarker } from './transactions/write-marker.ts'
import { TransactionCoordinator } from './transactions/coordinator.ts'
import type { TransactionsOptions } from './transactions/transactions.ts'

export interface BrokerOptions {
  config: Config
  metadata: MetadataStore
  logs: LogStore
  logger: Logger
  clock: Clock
  random: Random
  /** False where the broker lives in somebody else's process and must not hold it up. */
  keepsProcessAlive: boolean
  /** Takes requests in; sockets do, if it is not given. */
  listen?: (options: ListenersOptions) => Network
}

/** Where requests come from. */
export type Network = Pick<Listeners, 'addresses' | 'open' | 'close'>

const bySockets = (options: ListenersOptions): Network => new Listeners(options)

export interface Broker {
  readonly clusterId: string
  /** Where it listens, in the order of the nodes and of the configuration. */
  readonly addresses: readonly Address[]
  /** Where it answers over HTTP, if it does. */
  readonly httpAddress: Address | undefined
  /** Whose logs failed or are damaged, and why. */
  offlinePartitions(): OfflinePartition[]
  /** What each client has pushed last (KIP-714). */
  clientMetrics(): ClientMetrics[]
  /** Of what a group has committed; empty for one that has nothing, or is none. */
  groupLag(groupId: string): PartitionLag[]
  /** Answers what is in flight, makes everything durable, and releases storage. */
  close(): Promise<void>
}

/** Rejects with what a listener or storage throws; everything is released then. */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { logs, logger, clock, random, listen = bySockets } = options
  const memory = new BrokerMemory(options)
  await using opened = new AsyncDisposableStack()
  opened.defer(() => options.metadata.close())
  opened.defer(() => logs.close())
  const rows = await loadRows(options.metadata)
  const metadata = await MetadataLog.open(options.metadata, rows.metadataLog.get('log'), random)
  const dynamicConfigs = new DynamicConfigs(rows.config.values(), { ...options, metadata })
  const { config } = dynamicConfigs
  const nodeIds = Array.from({ length: config.brokers }, (_, i) => config.nodeId + i)
  const cluster = await Cluster.open(rows.cluster.get('cluster'), nodeIds, metadata, random)
  const shareStates = new ShareStates(rows.shareState.values(), metadata)
  const onDelete = (topic: Topic): Change[] =>
    [groups, shareStates].flatMap(state => state.topicDeleted(topic))
  const topics = new Topics({ ...options, config, cluster, metadata, onDelete })
  opened.defer(() => topics.close())
  await topics.load(rows.topic, storedProducers(rows), rows.deletedTopic.keys())
  const reassignments = new Reassignments({ topics, cluster, config, clock, logger })
  opened.defer(() => reassignments.close())
  const shared = { config, metadata, clock, random, logger, cluster, topics, shareStates }
  const { groups, offsetsTopic, sharePartitions } = openGroups(rows, { ...shared, dynamicConfigs })
  opened.defer(() => offsetsTopic.close())
  const subscriptions = () => dynamicConfigs.clientMetrics.values()
  const telemetry = new Telemetry({ config, clock, random, logger, subscriptions })
  const { served, apis, features } = openApis(rows, shared)
  const coordinated = openTransactions(rows, { ...shared, features, groups })
  opened.defer(() => coordinated.transactionsTopic.close())
  opened.defer(() => coordinated.transactions.close())
  const maintenance = new Maintenance({ config, topics, clock, logger })
  opened.defer(() => maintenance.close())
  const services: Services = {
    config,
    dynamicConfigs,
    logger,
    clock,
    cluster,
    topics,
    reassignments,
    groups,
    offsetsTopic,
    ...coordinated,
    fetchSessions: new FetchSessions(config.maxIncrementalFetchSessionCacheSlots, random),
    shareStates,
    sharePartitions,
    ...(await openSecurity(rows, { ...shared, opened })),
    telemetry,
    apis,
    features,
    metadataLog: metadata,
    buffers: memory.buffers,
  }
  const dispatch = createDispatch(served, services)
  const listeners = listen({ ...options, ...services, nodeIds, dispatch, memory })
  opened.defer(() => stopServing(listeners, groups, shareStates))
  await listeners.open()
  const http = await openHttp({ config, logger, topics, groups })
  opened.defer(() => http?.close())
  const resources = opened.move()
  let closing: Promise<void> | undefined
  return {
    clusterId: cluster.id,
    addresses: listeners.addresses,
    httpAddress: http?.address,
    offlinePartitions: () => topics.offline(),
    clientMetrics: () => telemetry.received(),
    groupLag: groupId => lagOf(groups.offsets.of(groupId), topics),
    close: () => (closing ??= resources.disposeAsync()),
  }
}

/** The APIs that the release has, and the features of the cluster as they were stored. */
function openApis(rows: RowMaps, { config, metadata }: { config: Config; metadata: MetadataLog }) {
  const served = handlersOf(config.kafkaRelease, handlers)
  const apis = served.map(({ api }) => api)
  const features = new Features({ release: config.kafkaRelease, apis, metadata })
  features.load(rows.feature)
  return { served, apis, features }
}

/** Metrics and health, where they are asked for: nothing of it is loaded before. */
async function openHttp(parts: MetricsSource & { config: Config; logger: Logger }) {
  const { config, logger, ...source } = parts
  const { httpPort: port } = config
  if (port === null) return undefined
  const { listenHttp } = await import('./http/server.ts')
  return listenHttp({ config, port, logger, source })
}

/** Groups as they were stored, and the topic that tells of them. */
function openGroups(
  rows: RowMaps,
  options: Omit<GroupsOptions, 'groupConfig'> &
    Omit<SharePartitionsOptions, 'groupConfig'> &
    Omit<StateTopicOptions, keyof StateTopicContent | 'rows'> & { dynamicConfigs: DynamicConfigs },
) {
  const { dynamicConfigs, config } = options
  const groupConfigOf = (groupId: string): GroupConfig =>
    groupConfig(dynamicConfigs.of('group', groupId), config)
  const withConfig = { ...options, groupConfig: groupConfigOf }
  const groups = new GroupCoordinator(withConfig)
  groups.load(rows)
  const offsetsTopic = new StateTopic({ ...options, ...groupState, rows: () => groups.rows() })
  offsetsTopic.load(rows.stateTopic.get(groupState.name))
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
    ...options
  }: Omit<TransactionsOptions, 'transactionVersion' | 'coordinatorEpoch' | 'writeMarker'> & {
    features: Features
    metadata: MetadataLog
    topics: Topics
    groups: GroupCoordinator
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
  return { transactions, transactionsTopic }
}

/**
 * Requests in flight are answered, those that wait for a rebalance, too. What share consumers give
 * back when they are gone is stored.
 */
async function stopServing(
  listeners: Network,
  groups: GroupCoordinator,
  shareStates: ShareStates,
): Promise<void> {
  // First of all, so that no connection that closes now is taken for a member that is gone.
  groups.close()
  await listeners.close()
  await shareStates.settled()
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
