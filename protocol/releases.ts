/**
 * Which APIs some releases of Apache Kafka serve to clients, and in which versions. From Kafka's
 * own message definitions; compat-tests/releases.test.ts compares each number with the public jars.
 */
import type { Api } from './api.ts'

/** 2.8 with ZooKeeper, the others with KRaft. */
export const releases = ['2.8', '3.9', '4.3'] as const
export type Release = (typeof releases)[number]

/** By the name of an API: first and last version in each release; nothing where it has none. */
const versions: Readonly<Record<string, readonly [string, string, string]>> = {
  Produce: ['0-9', '0-11', '3-13'],
  Fetch: ['0-12', '0-17', '4-18'],
  ListOffsets: ['0-6', '0-9', '1-11'],
  Metadata: ['0-11', '0-12', '0-13'],
  OffsetCommit: ['0-8', '0-9', '2-10'],
  OffsetFetch: ['0-7', '0-9', '1-10'],
  FindCoordinator: ['0-3', '0-6', '0-6'],
  JoinGroup: ['0-7', '0-9', '0-9'],
  Heartbeat: ['0-4', '0-4', '0-4'],
  LeaveGroup: ['0-4', '0-5', '0-5'],
  SyncGroup: ['0-5', '0-5', '0-5'],
  DescribeGroups: ['0-5', '0-5', '0-6'],
  ListGroups: ['0-4', '0-5', '0-5'],
  SaslHandshake: ['0-1', '0-1', '0-1'],
  ApiVersions: ['0-3', '0-4', '0-4'],
  CreateTopics: ['0-7', '0-7', '2-7'],
  DeleteTopics: ['0-6', '0-6', '1-6'],
  DeleteRecords: ['0-2', '0-2', '0-2'],
  InitProducerId: ['0-4', '0-5', '0-5'],
  OffsetForLeaderEpoch: ['0-4', '0-4', '2-4'],
  AddPartitionsToTxn: ['0-3', '0-5', '0-5'],
  AddOffsetsToTxn: ['0-3', '0-4', '0-4'],
  EndTxn: ['0-3', '0-4', '0-5'],
  WriteTxnMarkers: ['0-1', '0-1', '1-2'],
  TxnOffsetCommit: ['0-3', '0-4', '0-5'],
  DescribeAcls: ['0-2', '0-3', '1-3'],
  CreateAcls: ['0-2', '0-3', '1-3'],
  DeleteAcls: ['0-2', '0-3', '1-3'],
  DescribeConfigs: ['0-4', '0-4', '1-4'],
  AlterConfigs: ['0-2', '0-2', '0-2'],
  AlterReplicaLogDirs: ['0-2', '0-2', '1-2'],
  DescribeLogDirs: ['0-2', '0-4', '1-5'],
  SaslAuthenticate: ['0-2', '0-2', '0-2'],
  CreatePartitions: ['0-3', '0-3', '0-3'],
  CreateDelegationToken: ['0-2', '0-3', '1-3'],
  RenewDelegationToken: ['0-2', '0-2', '1-2'],
  ExpireDelegationToken: ['0-2', '0-2', '1-2'],
  DescribeDelegationToken: ['0-2', '0-3', '1-3'],
  DeleteGroups: ['0-2', '0-2', '0-2'],
  ElectLeaders: ['0-2', '0-2', '0-2'],
  IncrementalAlterConfigs: ['0-1', '0-1', '0-1'],
  AlterPartitionReassignments: ['0-0', '0-0', '0-1'],
  ListPartitionReassignments: ['0-0', '0-0', '0-0'],
  OffsetDelete: ['0-0', '0-0', '0-0'],
  DescribeClientQuotas: ['0-1', '0-1', '0-1'],
  AlterClientQuotas: ['0-1', '0-1', '0-1'],
  DescribeUserScramCredentials: ['0-0', '0-0', '0-0'],
  AlterUserScramCredentials: ['0-0', '0-0', '0-0'],
  DescribeQuorum: ['', '0-2', '0-2'],
  UpdateFeatures: ['0-0', '0-1', '0-2'],
  DescribeCluster: ['0-0', '0-1', '0-2'],
  DescribeProducers: ['0-0', '0-0', '0-0'],
  UnregisterBroker: ['', '0-0', '0-0'],
  DescribeTransactions: ['', '0-0', '0-0'],
  ListTransactions: ['', '0-1', '0-2'],
  ConsumerGroupHeartbeat: ['', '0-0', '0-1'],
  ConsumerGroupDescribe: ['', '0-0', '0-1'],
  GetTelemetrySubscriptions: ['', '0-0', '0-0'],
  PushTelemetry: ['', '0-0', '0-0'],
  ListConfigResources: ['', '0-0', '0-1'],
  DescribeTopicPartitions: ['', '0-0', '0-0'],
  ShareGroupHeartbeat: ['', '', '1-1'],
  ShareGroupDescribe: ['', '', '1-1'],
  ShareFetch: ['', '', '1-2'],
  ShareAcknowledge: ['', '', '1-2'],
  AddRaftVoter: ['', '0-0', '0-1'],
  RemoveRaftVoter: ['', '0-0', '0-0'],
  InitializeShareGroupState: ['', '', '0-0'],
  ReadShareGroupState: ['', '', '0-0'],
  WriteShareGroupState: ['', '', '0-1'],
  DeleteShareGroupState: ['', '', '0-0'],
  ReadShareGroupStateSummary: ['', '', '0-1'],
  StreamsGroupHeartbeat: ['', '', '0-0'],
  StreamsGroupDescribe: ['', '', '0-0'],
  DescribeShareGroupOffsets: ['', '', '0-1'],
  AlterShareGroupOffsets: ['', '', '0-0'],
  DeleteShareGroupOffsets: ['', '', '0-0'],
}

/** First and last version of an API in a release; undefined where it has none. */
export function versionsIn(
  release: Release,
  { name }: Pick<Api, 'name'>,
): readonly [number, number] | undefined {
  const text = versions[name]?.[releases.indexOf(release)]
  if (!text) return undefined
  const [first, last] = text.split('-').map(Number)
  return [first!, last!]
}
