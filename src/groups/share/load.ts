import type { ShareGroupRow, ShareMemberRow } from '../../../storage/metadata-store.ts'
import { fromAssignmentRow } from '../assignment.ts'
import { newMember, type ShareMember } from './member.ts'
import { ShareGroup } from './share-group.ts'

/** The group as it was. Sessions do not run yet. */
export function loadShareGroup(
  groupId: string,
  { epoch, assignmentEpoch, assignmentTimestamp, topicsHash }: ShareGroupRow,
  members: ReadonlyMap<string, ShareMemberRow>,
): ShareGroup {
  const facts = { epoch, assignmentEpoch, assignmentTimestamp, topicsHash }
  const group = new ShareGroup(groupId, facts)
  const isStored = { changedMembers: new Set<string>() }
  for (const [memberId, row] of members) group.put(fromRow(memberId, row), isStored)
  return group
}

function fromRow(memberId: string, row: ShareMemberRow): ShareMember {
  return {
    ...newMember(memberId),
    rackId: row.rackId,
    clientId: row.clientId,
    clientHost: row.clientHost,
    topicNames: new Set(row.topicNames),
    epoch: row.memberEpoch,
    previousEpoch: row.previousMemberEpoch,
    assigned: fromAssignmentRow(row.assigned),
    target: fromAssignmentRow(row.target),
  }
}
