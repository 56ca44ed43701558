import type { PartitionCount } from '../../../src/groups/streams/partition-counts.ts'
import {
  forEachRole,
  noTasks,
  type HeldAssignment,
  type HeldTasks,
  type TaskAssignment,
  type TaskRole,
  type Tasks,
} from '../../../src/groups/streams/tasks.ts'
import type { Subtopology, TopicInfo, Topology } from '../../../src/groups/streams/topology.ts'

export function subtopology(id: string, changed: Partial<Subtopology> = {}): Subtopology {
  return {
    subtopologyId: id,
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...changed,
  }
}

export function topology(...subtopologies: Subtopology[]): Topology {
  return { epoch: 0, subtopologies }
}

/** With as many partitions as the application says, or 0 if it does not. */
export function topic(name: string, partitions = 0, changed: Partial<TopicInfo> = {}): TopicInfo {
  return { name, partitions, replicationFactor: 0, topicConfigs: [], ...changed }
}

/** The topics that exist. */
export function existing(counts: Record<string, number>): PartitionCount {
  return name => counts[name]
}

/** `tasks({ a: [0, 1] })` are two tasks of subtopology a. */
export function tasks(partitions: Record<string, number[]>): Tasks {
  return new Map(Object.entries(partitions).map(([id, list]) => [id, new Set(list)]))
}

/** All since the same epoch. */
export function held(epoch: number, partitions: Record<string, number[]>): HeldTasks {
  return new Map(
    Object.entries(partitions).map(([id, list]) => [id, new Map(list.map(each => [each, epoch]))]),
  )
}

export function inRole(role: TaskRole, partitions: Record<string, number[]>): TaskAssignment {
  return { ...noTasks, [role]: tasks(partitions) }
}

export function heldInRole(
  role: TaskRole,
  epoch: number,
  partitions: Record<string, number[]>,
): HeldAssignment {
  return forEachRole(each => held(epoch, each === role ? partitions : {}))
}
