import type { AssignmentRow } from '../../storage/metadata-store.ts'
import type { GroupTopics } from './step.ts'

/** Partitions by topic id. A topic without partitions has no entry. */
export type Assignment = ReadonlyMap<string, ReadonlySet<number>>

/** The same with the epoch of the target assignment that gave each partition to the member. */
export type EpochAssignment = ReadonlyMap<string, ReadonlyMap<number, number>>

/** As requests and replies list them. */
export interface TopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

type Partitions = ReadonlySet<number> | ReadonlyMap<number, unknown>

export const nothing: ReadonlyMap<string, never> = new Map<string, never>()

export function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every(each => b.has(each)))
}

export function sameAssignment(a: Assignment, b: Assignment): boolean {
  return a === b || (a.size === b.size && isWithin(a, b) && isWithin(b, a))
}

/** Equal including the epochs. */
export function sameEpochs(a: EpochAssignment, b: EpochAssignment): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    if (others?.size !== partitions.size) return false
    for (const [partition, epoch] of partitions) if (others.get(partition) !== epoch) return false
  }
  return true
}

/** Whether all of `a` is in `b`. */
function isWithin(a: Assignment, b: Assignment): boolean {
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    for (const partition of partitions.keys()) if (!others?.has(partition)) return false
  }
  return true
}

/** Of what a request lists, whether any is in the assignment. */
export function listsAnyOf(
  listed: readonly TopicPartitions[],
  assignment: ReadonlyMap<string, Partitions>,
): boolean {
  return listed.some(({ topicId, partitions }) => {
    const owned = assignment.get(topicId)
    return owned !== undefined && partitions.some(partition => owned.has(partition))
  })
}

/** Of what a request lists, whether all is in the assignment. */
export function listsOnly(
  listed: readonly TopicPartitions[],
  assignment: ReadonlyMap<string, Partitions>,
): boolean {
  return listed.every(({ topicId, partitions }) => {
    const owned = assignment.get(topicId)
    return partitions.every(partition => owned?.has(partition) === true)
  })
}

/** In the order of the partitions, as a reply lists them. */
export function toTopicPartitions(
  assignment: ReadonlyMap<string, Partitions>,
): { topicId: string; partitions: number[] }[] {
  return [...assignment].map(([topicId, partitions]) => {
    return { topicId, partitions: [...partitions.keys()].toSorted((a, b) => a - b) }
  })
}

/** By the names of topics; without those that are gone. */
export function namedAssignment(
  assignment: ReadonlyMap<string, Partitions>,
  topics: Pick<GroupTopics, 'getById'>,
): Record<string, number[]> {
  return Object.fromEntries(
    toTopicPartitions(assignment).flatMap(({ topicId, partitions }) => {
      const name = topics.getById(topicId)?.name
      return name === undefined ? [] : [[name, partitions] as const]
    }),
  )
}

/** As it is stored. */
export function toAssignmentRow(assignment: Assignment): AssignmentRow {
  return Object.fromEntries(
    toTopicPartitions(assignment).map(({ topicId, partitions }) => [topicId, partitions]),
  )
}

export function fromAssignmentRow(row: AssignmentRow): Assignment {
  return new Map(Object.entries(row).map(([topicId, partitions]) => [topicId, new Set(partitions)]))
}
