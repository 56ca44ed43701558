/**
 * Who gets which task, by the rules of Kafka's StickyTaskAssignor: active tasks stay where they
 * are, or go where there is a copy of their state, as long as all members get about as many; the
 * rest goes to the process with the least load. Then the standby tasks, in the same way.
 */
import { leastOf, ProcessLoad, type Task, type Worker } from './process-load.ts'
import { eachTask, taskKey, type TaskAssignment } from './tasks.ts'

/** A member, and what it was to have so far. */
export interface AssignableMember {
  readonly memberId: string
  readonly processId: string
  readonly previous: TaskAssignment
}

export interface AssignableSubtopology {
  readonly subtopologyId: string
  readonly taskCount: number
  /** Has a changelog: standby tasks make sense. */
  readonly isStateful: boolean
}

/** The assignment of each member. */
export function assignTasks(
  members: readonly AssignableMember[],
  subtopologies: readonly AssignableSubtopology[],
  standbyReplicas: number,
): Map<string, TaskAssignment> {
  if (members.length === 0) return new Map()
  return new StickyAssignment(members, subtopologies, standbyReplicas).assign()
}

/**
 * How many tasks a member may have before others get theirs. Who has as many takes no more part;
 * the others share the rest.
 */
class Quota {
  perMember: number
  #tasks: number
  #members: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.perMember = Math.ceil(tasks / members)
  }

  take(taskCount: number): void {
    if (taskCount !== this.perMember) return
    this.#members--
    this.#tasks -= taskCount
    this.perMember = this.#members === 0 ? 0 : Math.ceil(this.#tasks / this.#members)
  }
}

class StickyAssignment {
  readonly #active: readonly Task[]
  readonly #stateful: readonly Task[]
  readonly #standbyReplicas: number
  readonly #activeQuota: Quota
  readonly #totalQuota: Quota
  readonly #processes = new Map<string, ProcessLoad>()
  readonly #workers: Worker[] = []
  readonly #previousActive = new Map<string, Worker>()
  readonly #previousStandby = new Map<string, Worker[]>()

  constructor(
    members: readonly AssignableMember[],
    subtopologies: readonly AssignableSubtopology[],
    standbyReplicas: number,
  ) {
    this.#active = subtopologies.flatMap(tasksOf)
    this.#stateful = subtopologies.filter(({ isStateful }) => isStateful).flatMap(tasksOf)
    this.#standbyReplicas = standbyReplicas
    const total = this.#active.length + this.#stateful.length * standbyReplicas
    this.#activeQuota = new Quota(this.#active.length, members.length)
    this.#totalQuota = new Quota(total, members.length)
    for (const member of members) this.#addWorker(member)
  }

  assign(): Map<string, TaskAssignment> {
    this.#assignActive()
    if (this.#standbyReplicas > 0) this.#assignStandby()
    return new Map(this.#workers.map(({ memberId, assigned }) => [memberId, assigned]))
  }

  #addWorker({ memberId, processId, previous }: AssignableMember): void {
    let process = this.#processes.get(processId)
    if (process === undefined) this.#processes.set(processId, (process = new ProcessLoad()))
    const worker = process.add(memberId)
    this.#workers.push(worker)
    for (const [subtopologyId, partition] of eachTask(previous.active)) {
      this.#previousActive.set(taskKey(subtopologyId, partition), worker)
    }
    for (const [subtopologyId, partition] of eachTask(previous.standby)) {
      const key = taskKey(subtopologyId, partition)
      const holders = this.#previousStandby.get(key)
      if (holders === undefined) this.#previousStandby.set(key, [worker])
      else holders.push(worker)
    }
  }

  #assignActive(): void {
    // Tasks of one partition are together in a range assignment, and should stay so.
    const byPartition = this.#active.toSorted(comparePartitions)
    const moved = byPartition.filter(task => {
      return !this.#giveActive(this.#previousActive.get(task.key), task)
    })
    const left = moved.filter(task => {
      const holders = this.#previousStandby.get(task.key) ?? []
      return !this.#giveActive(leastLoaded(holders), task)
    })
    // In this order, a first assignment is one by ranges.
    for (const task of left.toSorted(compareSubtopologies)) {
      const process = leastOf(this.#processes.values(), ({ load }) => load)!
      this.#giveToLeastLoaded(process, task, 'active')
    }
  }

  /** Whether the worker could take it. */
  #giveActive(worker: Worker | undefined, task: Task): boolean {
    if (worker === undefined || worker.taskCount >= this.#activeQuota.perMember) return false
    const taskCount = worker.process.assign(worker, task, 'active')
    this.#activeQuota.take(taskCount)
    this.#totalQuota.take(taskCount)
    return true
  }

  #assignStandby(): void {
    const left: Task[] = []
    for (const task of this.#stateful.toSorted(comparePartitions).toReversed()) {
      let missing = this.#standbyReplicas
      while (missing > 0 && this.#keepStandby(task)) missing--
      for (; missing > 0; missing--) left.push(task)
    }
    for (const task of left.toSorted(compareSubtopologies).toReversed()) {
      const processes = this.#processes.values()
      const process = leastOf(
        processes,
        ({ load }) => load,
        each => !each.has(task),
      )
      // With fewer processes than replicas, there are fewer replicas.
      if (process !== undefined) this.#giveToLeastLoaded(process, task, 'standby')
    }
  }

  /** Where the task was active there is all of its state; where it was standby, most of it. */
  #keepStandby(task: Task): boolean {
    const wasActive = this.#previousActive.get(task.key)
    if (wasActive !== undefined && this.#giveStandby(wasActive, task)) return true
    const holders = this.#previousStandby.get(task.key) ?? []
    const holder = leastLoaded(holders.filter(({ process }) => !process.has(task)))
    return holder !== undefined && this.#giveStandby(holder, task)
  }

  #giveStandby(worker: Worker, task: Task): boolean {
    if (worker.process.has(task)) return false
    if (worker.taskCount >= this.#totalQuota.perMember) return false
    this.#totalQuota.take(worker.process.assign(worker, task, 'standby'))
    return true
  }

  #giveToLeastLoaded(process: ProcessLoad, task: Task, role: 'active' | 'standby'): void {
    const worker = leastOf(process.workers, ({ taskCount }) => taskCount)!
    const taskCount = process.assign(worker, task, role)
    if (role === 'active') this.#activeQuota.take(taskCount)
    this.#totalQuota.take(taskCount)
  }
}

function tasksOf({ subtopologyId, taskCount }: AssignableSubtopology): Task[] {
  return Array.from({ length: taskCount }, (_, partition) => {
    return { key: taskKey(subtopologyId, partition), subtopologyId, partition }
  })
}

function leastLoaded(workers: readonly Worker[]): Worker | undefined {
  const least = leastOf(workers, ({ process }) => process.load)
  if (least === undefined) return undefined
  const equal = workers.filter(({ process }) => process.load === least.process.load)
  return leastOf(equal, ({ taskCount }) => taskCount)
}

function comparePartitions(a: Task, b: Task): number {
  return a.partition - b.partition || compareText(a.subtopologyId, b.subtopologyId)
}

function compareSubtopologies(a: Task, b: Task): number {
  return compareText(a.subtopologyId, b.subtopologyId) || a.partition - b.partition
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
