import { decodeSubscription } from '../../../protocol/consumer-protocol.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import { createMember } from '../classic/member.ts'
import { selectProtocol } from '../classic/protocols.ts'
import { prepareRebalance } from '../classic/rebalance.ts'
import type { Step } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { encodedFor } from './embedded-protocol.ts'
import type { ConsumerMember } from './member.ts'

/** Whether a group of these members is a classic one (KIP-848, online migration). */
export function mayDowngrade(members: readonly ConsumerMember[], { config }: Step): boolean {
  const policy = config.groupConsumerMigrationPolicy.toLowerCase()
  return (
    (policy === 'bidirectional' || policy === 'downgrade') &&
    members.length > 0 &&
    members.length <= config.groupMaxSize &&
    members.every(({ classic }) => classic !== null)
  )
}

/**
 * Puts a classic group with the same members, all of the classic protocol, into the place of the
 * group. They have what they are to have by the last target assignment, and are asked to join again
 * if that is out of date. (Kafka: ClassicGroup.fromConsumerGroup)
 */
export function downgrade(group: ConsumerGroup, isOutdated: boolean, step: Step): void {
  const classic = new ClassicGroup(group.groupId, step.timestamp)
  for (const member of group.members.values()) classic.add(toClassic(member), 'consumer')
  const members = [...classic.members.values()]
  classic.state = 'Stable'
  classic.generationId = group.epoch
  classic.protocolName = selectProtocol(members) ?? null
  for (const member of members) {
    const { target } = group.members.get(member.memberId)!
    const subscription = decodeSubscription(classic.metadataOf(member))
    member.assignment = encodedFor(subscription, target, step.topics)
    classic.extendSession(member, step)
  }
  step.tell({ cause: 'downgrade' })
  step.successor = classic
  step.storesGroup = true
  if (isOutdated) prepareRebalance(classic, step)
}

function toClassic(member: ConsumerMember) {
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = member
  return createMember({
    memberId,
    instanceId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    ...classic!,
  })
}
