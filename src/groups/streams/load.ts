import type {
  HeldTaskIdsRow,
  StreamsGroupRow,
  StreamsMemberRow,
} from '../../../storage/metadata-store.ts'
import type { StreamsMember } from './member.ts'
import { StreamsGroup } from './streams-group.ts'
import { forEachRole, fromTaskIds, type HeldTasks } from './tasks.ts'

/** The group as it was. Sessions do not run yet. */
export function loadStreamsGroup(
  groupId: string,
  row: StreamsGroupRow,
  members: ReadonlyMap<string, StreamsMemberRow>,
): StreamsGroup {
  const group = new StreamsGroup(groupId)
  group.epoch = row.epoch
  group.assignmentEpoch = row.assignmentEpoch
  group.assignmentTimestamp = row.assignmentTimestamp
  group.topology = row.topology ?? undefined
  group.validatedTopologyEpoch = row.validatedTopologyEpoch
  group.topicsHash = row.topicsHash
  group.standbyReplicas = row.standbyReplicas
  for (const [memberId, member] of members) {
    group.put(toMember(memberId, member))
    group.targets.set(
      memberId,
      forEachRole(role => fromTaskIds(member.target[role])),
    )
  }
  group.updateState()
  return group
}

function toMember(memberId: string, row: StreamsMemberRow): StreamsMember {
  const { instanceId: _, target: __, assigned, revoking, ...rest } = row
  return {
    ...rest,
    memberId,
    assigned: forEachRole(role => fromHeldTaskIds(assigned[role])),
    revoking: forEachRole(role => fromHeldTaskIds(revoking[role])),
  }
}

function fromHeldTaskIds(taskIds: readonly HeldTaskIdsRow[]): HeldTasks {
  return new Map(
    taskIds.map(({ subtopologyId, partitions, epochs }) => {
      return [subtopologyId, new Map(partitions.map((each, index) => [each, epochs[index]!]))]
    }),
  )
}
