import type { TaskRole } from './tasks.ts'

/** A task that is to be assigned. */
export interface Task {
  readonly key: string
  readonly subtopologyId: string
  readonly partition: number
}

/** A thread of a process, and what it is given. */
export interface Worker {
  readonly memberId: string
  readonly process: ProcessLoad
  taskCount: number
  readonly assigned: Record<TaskRole, Map<string, Set<number>>>
}

/** The members of one process: they share its memory and disk, so no task is there twice. */
export class ProcessLoad {
  readonly workers: Worker[] = []
  /** Tasks for each member. */
  load = 0
  readonly #tasks = new Set<string>()

  add(memberId: string): Worker {
    const assigned = { active: new Map(), standby: new Map(), warmup: new Map() }
    const worker: Worker = { memberId, process: this, taskCount: 0, assigned }
    this.workers.push(worker)
    return worker
  }

  has(task: Task): boolean {
    return this.#tasks.has(task.key)
  }

  /** Returns how many tasks the worker has now. */
  assign(worker: Worker, task: Task, role: TaskRole): number {
    this.#tasks.add(task.key)
    this.load = this.#tasks.size / this.workers.length
    const tasks = worker.assigned[role]
    const partitions = tasks.get(task.subtopologyId)
    if (partitions === undefined) tasks.set(task.subtopologyId, new Set([task.partition]))
    else partitions.add(task.partition)
    return ++worker.taskCount
  }
}

/** The first of those with the least, of those that fit. */
export function leastOf<Item>(
  items: Iterable<Item>,
  measure: (item: Item) => number,
  fits: (item: Item) => boolean = () => true,
): Item | undefined {
  let least: Item | undefined
  let leastMeasure = Infinity
  for (const item of items) {
    const measured = measure(item)
    if (measured >= leastMeasure || !fits(item)) continue
    least = item
    leastMeasure = measured
  }
  return least
}
