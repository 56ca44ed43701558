import type { StreamsMember } from './member.ts'
import { eachTask, forEachRole, taskKey, taskRoles, type TaskRole } from './tasks.ts'

/** Which processes have which tasks, those included that they are to give up. */
export class TaskOwners {
  readonly #processes = forEachRole(() => new Map<string, Set<string>>())

  add(member: StreamsMember): void {
    for (const [role, key] of tasksOf(member)) {
      const processes = this.#processes[role].get(key)
      if (processes === undefined) this.#processes[role].set(key, new Set([member.processId]))
      else processes.add(member.processId)
    }
  }

  remove(member: StreamsMember): void {
    for (const [role, key] of tasksOf(member)) {
      const processes = this.#processes[role].get(key)
      processes?.delete(member.processId)
      if (processes?.size === 0) this.#processes[role].delete(key)
    }
  }

  /** Whether any process has the task in this role. */
  isHeld(role: TaskRole, key: string): boolean {
    return this.#processes[role].has(key)
  }

  /** Whether this process has the task in this role. */
  isHeldBy(processId: string, role: TaskRole, key: string): boolean {
    return this.#processes[role].get(key)?.has(processId) ?? false
  }
}

function* tasksOf({ assigned, revoking }: StreamsMember): Generator<[TaskRole, string]> {
  for (const role of taskRoles) {
    for (const held of [assigned, revoking]) {
      for (const [id, partition] of eachTask(held[role])) yield [role, taskKey(id, partition)]
    }
  }
}
