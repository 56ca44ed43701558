/**
 * How a member comes from what it has to what it should have (KIP-1071; Kafka's
 * CurrentAssignmentBuilder): first it gives up, then it gets, and a task only when nobody else has
 * it any more.
 */
import { isReconciled, type StreamsMember } from './member.ts'
import type { TaskOwners } from './task-owners.ts'
import {
  forEachRole,
  isEmpty,
  nothingHeld,
  overlap,
  taskKey,
  taskRoles,
  union,
  type HeldTasks,
  type TaskAssignment,
  type TaskRole,
  type Tasks,
} from './tasks.ts'

export interface Target {
  readonly epoch: number
  readonly tasks: TaskAssignment
}

/**
 * The member after its next step, or the same one if it cannot go on. `owned` is what it says it
 * has; undefined if it does not say.
 */
export function reconcile(
  member: StreamsMember,
  target: Target,
  owners: TaskOwners,
  owned: TaskAssignment | undefined,
): StreamsMember {
  if (member.state === 'unrevoked') {
    if (owned === undefined || overlap(owned, member.revoking)) return member
    return nextStep(member, member.memberEpoch + 1, target, owners, owned)
  }
  if (isReconciled(member, target.epoch)) return member
  return nextStep(member, member.memberEpoch, target, owners, owned)
}

function nextStep(
  member: StreamsMember,
  memberEpoch: number,
  target: Target,
  owners: TaskOwners,
  owned: TaskAssignment | undefined,
): StreamsMember {
  const changes = forEachRole(role => {
    const isUnreleased = (key: string): boolean => !isFree(role, key, member.processId, owners)
    return compare(member.assigned[role], target.tasks[role], target.epoch, isUnreleased)
  })
  const kept = forEachRole(role => changes[role].kept)
  const revoked = forEachRole(role => changes[role].revoked)
  const previousMemberEpoch = member.memberEpoch
  if (!isEmpty(revoked) && (owned === undefined || overlap(owned, revoked))) {
    return {
      ...member,
      state: 'unrevoked',
      memberEpoch,
      previousMemberEpoch,
      assigned: kept,
      revoking: revoked,
    }
  }
  return {
    ...member,
    state: taskRoles.some(role => changes[role].hasUnreleased) ? 'unreleased' : 'stable',
    memberEpoch: target.epoch,
    previousMemberEpoch,
    assigned: forEachRole(role => union(kept[role], changes[role].added)),
    revoking: nothingHeld,
  }
}

/**
 * Whether a member of this process may get the task in this role now. Only one member at all may
 * process it, and a process has its state only once.
 */
function isFree(role: TaskRole, key: string, processId: string, owners: TaskOwners): boolean {
  if (role === 'active' && owners.isHeld('active', key)) return false
  return !taskRoles.some(each => owners.isHeldBy(processId, each, key))
}

interface Comparison {
  kept: HeldTasks
  revoked: HeldTasks
  /** Those of the target that are new and free. */
  added: HeldTasks
  /** There are new ones that are not free. */
  hasUnreleased: boolean
}

function compare(
  held: HeldTasks,
  target: Tasks,
  epoch: number,
  isUnreleased: (key: string) => boolean,
): Comparison {
  const kept = new Map<string, Map<number, number>>()
  const revoked = new Map<string, Map<number, number>>()
  const added = new Map<string, Map<number, number>>()
  let hasUnreleased = false
  for (const [subtopologyId, partitions] of held) {
    const wanted = target.get(subtopologyId)
    for (const [partition, since] of partitions) {
      put(wanted?.has(partition) ? kept : revoked, subtopologyId, partition, since)
    }
  }
  for (const [subtopologyId, partitions] of target) {
    for (const partition of partitions) {
      if (kept.get(subtopologyId)?.has(partition)) continue
      if (isUnreleased(taskKey(subtopologyId, partition))) hasUnreleased = true
      else put(added, subtopologyId, partition, epoch)
    }
  }
  return { kept, revoked, added, hasUnreleased }
}

function put(
  tasks: Map<string, Map<number, number>>,
  subtopologyId: string,
  partition: number,
  epoch: number,
): void {
  const partitions = tasks.get(subtopologyId)
  if (partitions === undefined) tasks.set(subtopologyId, new Map([[partition, epoch]]))
  else partitions.set(partition, epoch)
}
