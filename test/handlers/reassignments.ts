/** Reassignments and elections in few words. */
import { electLeaders } from '../../protocol/apis/43-elect-leaders.ts'
import { alterReassignments } from '../../protocol/apis/45-alter-partition-reassignments.ts'
import { listReassignments } from '../../protocol/apis/46-list-partition-reassignments.ts'
import type { RawClient } from '../raw-client.ts'
import { named, type TestTopic } from './wire.ts'

/** Wants other replicas for a partition; null cancels. Answers with the error's name. */
export async function reassignTo(
  client: RawClient,
  { name }: Pick<TestTopic, 'name'>,
  replicas: readonly number[] | null,
  { version = 1, allowReplicationFactorChange = true, partition = 0 } = {},
): Promise<string> {
  const { responses } = await client.request(alterReassignments, version, {
    allowReplicationFactorChange,
    topics: [
      { name, partitions: [{ partitionIndex: partition, replicas: replicas && [...replicas] }] },
    ],
  })
  return named(responses[0]!.partitions[0]!).error
}

/** 'topic partition: replicas, adding, removing' of each reassignment that is under way. */
export async function underWay(
  client: RawClient,
  topics: readonly (readonly [name: string, ...partitions: number[]])[] | null = null,
): Promise<string[]> {
  const response = await client.request(listReassignments, 0, {
    topics: topics && topics.map(([name, ...partitionIndexes]) => ({ name, partitionIndexes })),
  })
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => {
      const [all, adding, removing] = [replicas, addingReplicas, removingReplicas].map(String)
      return `${name} ${partitionIndex}: ${all} +${adding} -${removing}`
    }),
  )
}

/** Elects a leader of one partition; answers with the error's name. */
export async function elect(
  client: RawClient,
  { name }: Pick<TestTopic, 'name'>,
  { electionType = 0, partition = 0, version = 2 } = {},
): Promise<string> {
  const { replicaElectionResults } = await client.request(electLeaders, version, {
    electionType,
    topicPartitions: [{ topic: name, partitions: [partition] }],
  })
  return named(replicaElectionResults[0]!.partitionResult[0]!).error
}
