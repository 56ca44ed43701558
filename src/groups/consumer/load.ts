import type {
  ConsumerGroupRow,
  ConsumerMemberRow,
  EpochAssignmentRow,
} from '../../../storage/metadata-store.ts'
import { fromAssignmentRow, type EpochAssignment } from '../assignment.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { noDeadlines, type ClassicFacts, type ConsumerMember } from './member.ts'

/** The group as it was stored; its sessions begin with `resume`. */
export function loadConsumerGroup(
  groupId: string,
  row: ConsumerGroupRow,
  members: ReadonlyMap<string, ConsumerMemberRow>,
): ConsumerGroup {
  const { epoch, assignmentEpoch, assignmentTimestamp, topicsHash } = row
  const facts = { epoch, assignmentEpoch, assignmentTimestamp, topicsHash }
  const group = new ConsumerGroup(groupId, facts)
  const changedMembers = new Set<string>()
  for (const [memberId, member] of members) {
    group.put(fromMemberRow(memberId, member), { changedMembers })
  }
  return group
}

function fromMemberRow(memberId: string, row: ConsumerMemberRow): ConsumerMember {
  const { memberEpoch, previousMemberEpoch, topicNames, classic, assigned, revoking, target } = row
  return {
    memberId,
    instanceId: row.instanceId,
    rackId: row.rackId,
    clientId: row.clientId,
    clientHost: row.clientHost,
    rebalanceTimeoutMs: row.rebalanceTimeoutMs,
    topicNames: new Set(topicNames),
    topicRegex: row.topicRegex,
    serverAssignor: row.serverAssignor,
    classic: classic && fromClassicRow(classic),
    epoch: memberEpoch,
    previousEpoch: previousMemberEpoch,
    state: row.state,
    assigned: fromEpochRows(assigned),
    revoking: fromEpochRows(revoking),
    target: fromAssignmentRow(target),
    deadlines: noDeadlines(),
  }
}

function fromClassicRow({
  sessionTimeoutMs,
  protocols,
}: NonNullable<ConsumerMemberRow['classic']>): ClassicFacts {
  return {
    sessionTimeoutMs,
    protocols: protocols.map(({ name, metadata }) => {
      return { name, metadata: Buffer.from(metadata, 'base64') }
    }),
  }
}

function fromEpochRows(row: EpochAssignmentRow): EpochAssignment {
  return new Map(Object.entries(row).map(([topicId, epochs]) => [topicId, new Map(epochs)]))
}
