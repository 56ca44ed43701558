import type { Step } from '../step.ts'
import { assignTasks, type AssignableSubtopology } from './sticky-assignor.ts'
import type { StreamsGroup } from './streams-group.ts'
import { noTasks, sameTasks, type TaskAssignment } from './tasks.ts'

/**
 * Says anew which tasks each member is to have (Kafka: TargetAssignmentBuilder). While topics are
 * missing, that is none.
 */
export function assignTargets(group: StreamsGroup, step: Step): void {
  const targets = computeTargets(group)
  for (const memberId of group.members.keys()) {
    const target = targets.get(memberId) ?? noTasks
    const before = group.targets.get(memberId)
    if (before !== undefined && sameTasks(before, target)) continue
    group.targets.set(memberId, target)
    step.changedMembers.add(memberId)
  }
  group.assignmentEpoch = group.epoch
  group.assignmentTimestamp = step.timestamp
  step.storesGroup = true
}

function computeTargets(group: StreamsGroup): ReadonlyMap<string, TaskAssignment> {
  const { configured } = group
  if (configured?.subtopologies === undefined || configured.problem !== undefined) return new Map()
  const members = Array.from(group.members.values(), ({ memberId, processId }) => {
    return { memberId, processId, previous: group.targetOf(memberId).tasks }
  })
  const subtopologies = Array.from(
    configured.subtopologies.values(),
    ({ subtopologyId, taskCount, stateChangelogTopics }): AssignableSubtopology => {
      return { subtopologyId, taskCount, isStateful: stateChangelogTopics.length > 0 }
    },
  )
  return assignTasks(members, subtopologies, group.standbyReplicas)
}
