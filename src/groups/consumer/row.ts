import type {
  ConsumerGroupRow,
  ConsumerMemberRow,
  EpochAssignmentRow,
} from '../../../storage/metadata-store.ts'
import { toAssignmentRow, type EpochAssignment } from '../assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

export function toRow({ facts }: ConsumerGroup): ConsumerGroupRow {
  return { type: 'consumer', ...facts }
}

export function toMemberRow(member: ConsumerMember): ConsumerMemberRow {
  return {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberEpoch: member.epoch,
    previousMemberEpoch: member.previousEpoch,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topicNames: [...member.topicNames],
    topicRegex: member.topicRegex,
    serverAssignor: member.serverAssignor,
    classic: member.classic && {
      sessionTimeoutMs: member.classic.sessionTimeoutMs,
      protocols: member.classic.protocols.map(({ name, metadata }) => {
        return { name, metadata: metadata.toString('base64') }
      }),
    },
    state: member.state,
    assigned: toEpochRows(member.assigned),
    revoking: toEpochRows(member.revoking),
    target: toAssignmentRow(member.target),
  }
}

function toEpochRows(assignment: EpochAssignment): EpochAssignmentRow {
  return Object.fromEntries([...assignment].map(([topicId, epochs]) => [topicId, [...epochs]]))
}
