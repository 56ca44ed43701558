/**
 * Tasks of Kafka Streams (KIP-1071). A task is a partition of a subtopology: it reads that
 * partition of all the topics which the subtopology reads.
 */
import type { TaskIdsRow } from '../../../storage/metadata-store.ts'

/** How a member may have a task: it processes, it keeps a copy of the state, it makes one. */
export const taskRoles = ['active', 'standby', 'warmup'] as const
export type TaskRole = (typeof taskRoles)[number]

/** The partitions of each subtopology. */
export type Tasks = ReadonlyMap<string, ReadonlySet<number>>
export type TaskAssignment = Readonly<Record<TaskRole, Tasks>>

/** Each task with the member epoch in which its owner got it (KIP-1251). */
export type HeldTasks = ReadonlyMap<string, ReadonlyMap<number, number>>
export type HeldAssignment = Readonly<Record<TaskRole, HeldTasks>>

/** What both of them are. */
type AnyTasks = ReadonlyMap<string, { has(partition: number): boolean; keys(): Iterable<number> }>
type AnyAssignment = Readonly<Record<TaskRole, AnyTasks>>

/** Tasks as requests, answers and rows write them. */
export type TaskIds = TaskIdsRow

export const noTasks: TaskAssignment = { active: new Map(), standby: new Map(), warmup: new Map() }
export const nothingHeld: HeldAssignment = {
  active: new Map(),
  standby: new Map(),
  warmup: new Map(),
}

/** One name for a task, for maps. */
export function taskKey(subtopologyId: string, partition: number): string {
  return `${partition}:${subtopologyId}`
}

export function forEachRole<Result>(
  make: (role: TaskRole) => Result,
): Readonly<Record<TaskRole, Result>> {
  return { active: make('active'), standby: make('standby'), warmup: make('warmup') }
}

export function* eachTask(tasks: AnyTasks): Generator<[subtopologyId: string, partition: number]> {
  for (const [subtopologyId, partitions] of tasks) {
    for (const partition of partitions.keys()) yield [subtopologyId, partition]
  }
}

function hasTask(tasks: AnyTasks, subtopologyId: string, partition: number): boolean {
  return tasks.get(subtopologyId)?.has(partition) ?? false
}

export function isEmpty(assignment: AnyAssignment): boolean {
  return taskRoles.every(role => assignment[role].size === 0)
}

/** Whether there is a task that is in both, in the same role. */
export function overlap(one: AnyAssignment, other: AnyAssignment): boolean {
  return taskRoles.some(role =>
    [...eachTask(one[role])].some(([subtopologyId, partition]) =>
      hasTask(other[role], subtopologyId, partition),
    ),
  )
}

/** Whether all tasks of one are in the other. */
export function isContained(one: AnyTasks, other: AnyTasks): boolean {
  return [...eachTask(one)].every(([subtopologyId, partition]) =>
    hasTask(other, subtopologyId, partition),
  )
}

/** Whether both are the same tasks in the same roles. */
export function sameTasks(one: AnyAssignment, other: AnyAssignment): boolean {
  return taskRoles.every(
    role => isContained(one[role], other[role]) && isContained(other[role], one[role]),
  )
}

/** Whether also the epochs are the same; they matter where a task is active. */
export function sameHeld(one: HeldAssignment, other: HeldAssignment): boolean {
  return (
    sameTasks(one, other) &&
    [...eachTask(one.active)].every(
      ([id, partition]) =>
        epochOf(one.active, id, partition) === epochOf(other.active, id, partition),
    )
  )
}

/** The epoch in which the task was given. */
export function epochOf(
  tasks: HeldTasks,
  subtopologyId: string,
  partition: number,
): number | undefined {
  return tasks.get(subtopologyId)?.get(partition)
}

/** All tasks of both; they have none in common. */
export function union(one: HeldTasks, other: HeldTasks): HeldTasks {
  if (other.size === 0) return one
  const all = new Map<string, ReadonlyMap<number, number>>(one)
  for (const [subtopologyId, partitions] of other) {
    all.set(subtopologyId, new Map([...(one.get(subtopologyId) ?? []), ...partitions]))
  }
  return all
}

export function fromTaskIds(taskIds: readonly TaskIds[]): Tasks {
  return new Map(
    taskIds.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]),
  )
}

/** By subtopology and partition. */
export function toTaskIds(tasks: AnyTasks): TaskIds[] {
  return [...tasks.keys()].toSorted().map(subtopologyId => ({
    subtopologyId,
    partitions: [...tasks.get(subtopologyId)!.keys()].toSorted((a, b) => a - b),
  }))
}
