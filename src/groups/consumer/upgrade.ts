import { decodeAssignment } from '../../../protocol/consumer-protocol.ts'
import { errors, KafkaError } from '../../../protocol/errors.ts'
import { WireError } from '../../../protocol/wire.ts'
import type { ClassicGroup } from '../classic/classic-group.ts'
import { answerJoin, answerSync, joinError, syncError, type Member } from '../classic/member.ts'
import { Step, type GroupTopics } from '../step.ts'
import type { Assignment, EpochAssignment } from '../assignment.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { extendSession } from './deadlines.ts'
import { subscriptionOf } from './embedded-protocol.ts'
import { newMember, type ConsumerMember } from './member.ts'
import { hashOf } from './subscriptions.ts'

/**
 * The classic group as a group of the consumer protocol, which its members go on in: a member of
 * that protocol joins it (KIP-848, online migration). Nothing changes yet, for the join may still
 * fail. Throws GROUP_ID_NOT_FOUND. (Kafka: ConsumerGroup.fromClassicGroup)
 */
export function upgraded(classic: ClassicGroup, now: Step): ConsumerGroup {
  checkUpgrade(classic, now)
  const step = new Step(now)
  const epoch = classic.generationId
  const group = new ConsumerGroup(classic.groupId, { epoch, assignmentEpoch: epoch })
  try {
    for (const member of classic.members.values()) {
      const converted = convert(member, epoch, step.topics)
      group.put(converted, step)
      extendSession(group, converted, step)
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw refusal(classic, `its members' subscriptions cannot be read: ${error.message}`)
  }
  group.change({ topicsHash: hashOf(group, step.topics) }, step)
  return group
}

/** The join has succeeded: the new group takes the place of the other. */
export function replaceClassic(classic: ClassicGroup, group: ConsumerGroup, step: Step): void {
  for (const memberId of group.members.keys()) step.changedMembers.add(memberId)
  step.successor = group
  for (const member of classic.members.values()) {
    answerJoin(member, joinError(errors.REBALANCE_IN_PROGRESS, member.memberId), step)
    answerSync(member, syncError(errors.REBALANCE_IN_PROGRESS), step)
  }
}

function checkUpgrade(classic: ClassicGroup, { config }: Step): void {
  const policy = config.groupConsumerMigrationPolicy.toLowerCase()
  if (policy !== 'bidirectional' && policy !== 'upgrade') {
    throw refusal(classic, 'group.consumer.migration.policy does not let it change')
  }
  if (classic.protocolType !== 'consumer') {
    throw refusal(classic, `its protocol type is ${classic.protocolType}, not consumer`)
  }
  if (classic.members.size > config.groupConsumerMaxSize) {
    throw refusal(classic, 'it has more members than group.consumer.max.size')
  }
}

function refusal({ groupId }: ClassicGroup, reason: string): KafkaError {
  return new KafkaError(
    'GROUP_ID_NOT_FOUND',
    `classic group ${groupId} cannot become a consumer group: ${reason}`,
  )
}

function convert(member: Member, epoch: number, topics: GroupTopics): ConsumerMember {
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs } = member
  const { sessionTimeoutMs, protocols } = member
  const { rackId, topics: topicNames } = subscriptionOf({ protocols })
  const target = assignmentOf(member, topics)
  return {
    ...newMember(memberId),
    instanceId,
    rackId: rackId || null,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    topicNames: new Set(topicNames),
    classic: { sessionTimeoutMs, protocols },
    epoch,
    previousEpoch: epoch,
    assigned: withEpoch(target, epoch),
    target,
  }
}

/** Of topics that exist. A member that has never synced has none. */
function assignmentOf({ assignment }: Member, topics: GroupTopics): Assignment {
  if (assignment.length === 0) return new Map()
  const { assignedPartitions, userData } = decodeAssignment(assignment)
  if (userData !== null && userData.length > 0) {
    throw new WireError('an assignor of its own has added data, which would be lost')
  }
  return new Map(
    assignedPartitions.flatMap(({ topic, partitions }) => {
      const known = topics.get(topic)
      return known === undefined ? [] : [[known.id, new Set(partitions)]]
    }),
  )
}

function withEpoch(assignment: Assignment, epoch: number): EpochAssignment {
  return new Map(
    [...assignment].map(([topicId, partitions]) => {
      return [topicId, new Map([...partitions].map(partition => [partition, epoch]))]
    }),
  )
}
