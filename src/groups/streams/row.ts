/** What of a streams group survives a restart. */
import type {
  HeldTaskIdsRow,
  StreamsGroupRow,
  StreamsMemberRow,
} from '../../../storage/metadata-store.ts'
import type { StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { forEachRole, toTaskIds, type HeldTasks, type TaskAssignment } from './tasks.ts'

export function toRow(group: StreamsGroup): StreamsGroupRow {
  return {
    type: 'streams',
    epoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignmentTimestamp: group.assignmentTimestamp,
    topology: group.topology ?? null,
    validatedTopologyEpoch: group.validatedTopologyEpoch,
    topicsHash: group.topicsHash,
    standbyReplicas: group.standbyReplicas,
  }
}

export function toMemberRow(member: StreamsMember, target: TaskAssignment): StreamsMemberRow {
  const { memberId: _, assigned, revoking, ...rest } = member
  return {
    ...rest,
    instanceId: null,
    assigned: forEachRole(role => toHeldTaskIds(assigned[role])),
    revoking: forEachRole(role => toHeldTaskIds(revoking[role])),
    target: forEachRole(role => toTaskIds(target[role])),
  }
}

function toHeldTaskIds(tasks: HeldTasks): HeldTaskIdsRow[] {
  return toTaskIds(tasks).map(({ subtopologyId, partitions }) => {
    const epochs = tasks.get(subtopologyId)!
    return { subtopologyId, partitions, epochs: partitions.map(each => epochs.get(each)!) }
  })
}
