/** Whom to ask about which partitions: interactive queries of Kafka Streams. */
import type { GroupTopics } from '../step.ts'
import type { ConfiguredSubtopology } from './configured-topology.ts'
import type { Endpoint } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { HeldTasks } from './tasks.ts'
import { inputTopics } from './topology.ts'

export interface PartitionsOfEndpoint {
  userEndpoint: Endpoint
  activePartitions: TopicPartitions[]
  standbyPartitions: TopicPartitions[]
}

interface TopicPartitions {
  topic: string
  partitions: number[]
}

/** Of all members that can be asked (Kafka: EndpointToPartitionsManager). */
export function partitionsByEndpoint(
  group: StreamsGroup,
  topics: GroupTopics,
): PartitionsOfEndpoint[] {
  const subtopologies = group.configured?.subtopologies ?? new Map()
  return [...group.members.values()].flatMap(({ userEndpoint, assigned }) => {
    if (userEndpoint === null) return []
    return {
      userEndpoint,
      activePartitions: partitionsOf(assigned.active, subtopologies, topics),
      standbyPartitions: partitionsOf(assigned.standby, subtopologies, topics),
    }
  })
}

/** A task reads its partition of every topic that has so many. */
function partitionsOf(
  tasks: HeldTasks,
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology>,
  topics: GroupTopics,
): TopicPartitions[] {
  return [...tasks].flatMap(([subtopologyId, partitions]) => {
    const subtopology = subtopologies.get(subtopologyId)
    const names = subtopology === undefined ? [] : new Set(inputTopics(subtopology))
    return Array.from(names, topic => {
      const count = topics.get(topic)?.partitions.length ?? 0
      const read = [...partitions.keys()].filter(partition => partition < count)
      return { topic, partitions: read.toSorted((a, b) => a - b) }
    })
  })
}
