import type { ShareMemberRow } from '../../../storage/metadata-store.ts'
import { toAssignmentRow } from '../assignment.ts'
import type { ShareMember } from './member.ts'

export function toMemberRow(member: ShareMember): ShareMemberRow {
  return {
    instanceId: null,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberEpoch: member.epoch,
    previousMemberEpoch: member.previousEpoch,
    topicNames: [...member.topicNames],
    assigned: toAssignmentRow(member.assigned),
    target: toAssignmentRow(member.target),
  }
}
