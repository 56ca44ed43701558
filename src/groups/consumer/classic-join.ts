import { errors, KafkaError } from '../../../protocol/errors.ts'
import type { ConsumerSubscription } from '../../../protocol/consumer-protocol.ts'
import { WireError } from '../../../protocol/wire.ts'
import type { JoinClient, JoinRequest } from '../classic/join.ts'
import { joinError, type JoinAnswer, type MemberProtocol } from '../classic/member.ts'
import type { Step } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { extendSession } from './deadlines.ts'
import { downgrade, mayDowngrade } from './downgrade.ts'
import { ownedBy, subscriptionOf } from './embedded-protocol.ts'
import { subscribesAlike, type ConsumerMember } from './member.ts'
import { admit, checkRoom, checkStatic, memberOrNew, replacing } from './membership.ts'
import { refreshTopics } from './subscriptions.ts'
import { reconcileMember, updateTarget } from './target.ts'

/**
 * A JoinGroup request of a member of the classic protocol to a group of the consumer protocol
 * (KIP-848, online migration). It is answered at once: nobody waits for the others. Throws a
 * KafkaError before anything changes. (Kafka: GroupMetadataManager.classicGroupJoinToConsumerGroup)
 */
export function joinClassic(
  group: ConsumerGroup,
  request: JoinRequest,
  client: JoinClient & { readonly newMemberId: string },
  step: Step,
): JoinAnswer {
  const { groupInstanceId: instanceId, protocols } = request
  const isNew = request.memberId === ''
  const memberId = isNew ? client.newMemberId : request.memberId
  checkMigration(step)
  checkRoom(group, memberId, step)
  checkProtocols(group, request)
  if (isNew && instanceId === null && client.requiresKnownMemberId) {
    return joinError(errors.MEMBER_ID_REQUIRED, memberId)
  }
  const subscription = subscriptionIn(protocols)
  const former = formerMember(group, { memberId, instanceId, isNew })
  const known = instanceId === null ? undefined : group.staticMember(instanceId)
  const member = withRequest(former, request, subscription, client)
  const others = [...group.members.values()].filter(each => each !== known)
  const becomesClassic = known?.classic === null && mayDowngrade([...others, member], step)
  const subscriptionChanged = !subscribesAlike(former, member)
  admit(group, former, member, step, request.reason)
  refreshTopics(group, subscriptionChanged, step)
  if (!becomesClassic) updateTarget(group, step)
  // A group that becomes a classic one with an old target rebalances anyway.
  const isOutdated = group.facts.assignmentEpoch < group.epoch
  const owned = ownedBy(subscription, step.topics)
  const reconciled =
    becomesClassic && isOutdated
      ? member
      : reconcileMember(group, memberId, { subscriptionChanged, owned }, step)
  if (becomesClassic) downgrade(group, isOutdated, step)
  else awaitSync(group, reconciled, step)
  return {
    ...joinError(errors.NONE, memberId),
    generationId: reconciled.epoch,
    protocolType: 'consumer',
    protocolName: protocols[0]!.name,
  }
}

function checkMigration({ config }: Step): void {
  if (config.groupConsumerMigrationPolicy.toLowerCase() !== 'disabled') return
  throw new KafkaError(
    'INCONSISTENT_GROUP_PROTOCOL',
    'group.consumer.migration.policy lets no member of the classic protocol join a consumer group',
  )
}

/** One of its protocols is to be one that all members of the classic protocol have. */
function checkProtocols(group: ConsumerGroup, { protocolType, protocols }: JoinRequest): void {
  const others = [...group.members.values()].flatMap(({ classic }) => classic ?? [])
  const isCommon = ({ name }: MemberProtocol): boolean =>
    others.every(other => other.protocols.some(protocol => protocol.name === name))
  if (protocolType === 'consumer' && protocols.some(isCommon)) return
  throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
}

function subscriptionIn(protocols: readonly MemberProtocol[]): ConsumerSubscription {
  try {
    return subscriptionOf({ protocols })
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `no subscription: ${error.message}`)
  }
}

/** An instance without a member id takes over what the instance had, whoever it was. */
function formerMember(
  group: ConsumerGroup,
  who: { memberId: string; instanceId: string | null; isNew: boolean },
): ConsumerMember {
  if (who.instanceId === null) return memberOrNew(group, who.memberId)
  const known = group.staticMember(who.instanceId)
  if (!who.isNew) return checkStatic(known, who)
  return known === undefined ? memberOrNew(group, who.memberId) : replacing(known, who.memberId)
}

function withRequest(
  former: ConsumerMember,
  { groupInstanceId, rebalanceTimeoutMs, sessionTimeoutMs, protocols }: JoinRequest,
  { rackId, topics }: ConsumerSubscription,
  { clientId, clientHost }: JoinClient,
): ConsumerMember {
  return {
    ...former,
    instanceId: groupInstanceId ?? former.instanceId,
    rackId: rackId || former.rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? former.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topicNames: new Set(topics),
    topicRegex: '',
    classic: {
      sessionTimeoutMs,
      // Copies: the request's frame must not stay in memory because of them.
      protocols: protocols.map(({ name, metadata }) => {
        return { name, metadata: Buffer.from(metadata) }
      }),
    },
  }
}

/** The member has its rebalance timeout to ask for its assignment. */
function awaitSync(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  member.deadlines.joinMs = Infinity
  member.deadlines.syncMs = group.wakeBy(step.nowMs + member.rebalanceTimeoutMs)
  extendSession(group, member, step)
}
