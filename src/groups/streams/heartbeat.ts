/** What a member of a streams group is told when it says that it is alive (KIP-1071). */
import type { streamsGroupHeartbeat } from '../../../protocol/apis/88-streams-group-heartbeat.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import type { Step } from '../step.ts'
import { reconcile, type Target } from './current-assignment.ts'
import { awaitRevocation, extendSession, fence } from './deadlines.ts'
import { partitionsByEndpoint } from './endpoints.ts'
import { newMember, sameAssignment, sameFacts, type StreamsMember } from './member.ts'
import { look, take } from './outlook.ts'
import type { StreamsGroup } from './streams-group.ts'
import { assignTargets } from './target-assignment.ts'
import {
  fromTaskIds,
  isContained,
  noTasks,
  sameHeld,
  sameTasks,
  toTaskIds,
  type TaskAssignment,
  type TaskIds,
} from './tasks.ts'
import { statusCodes, type Status } from './topic-problem.ts'
import type { TopicInfo } from './topology.ts'

export type HeartbeatRequest = Infer<typeof streamsGroupHeartbeat.request>

export interface HeartbeatClient {
  readonly clientId: string
  readonly clientHost: string
}

export interface HeartbeatAnswer {
  response: Omit<Input<typeof streamsGroupHeartbeat.response>, 'status'> & { status: Status[] }
  /** Internal topics that are to be created. */
  missingTopics: readonly TopicInfo[]
}

/** Epochs that are none (KIP-848, KIP-1071). */
export const joiningEpoch = 0
export const leavingEpoch = -1
export const leavingStaticEpoch = -2

/** A member goes. */
export function leave(
  group: StreamsGroup,
  { memberId, memberEpoch, shutdownApplication }: HeartbeatRequest,
  step: Step,
): HeartbeatAnswer {
  if (shutdownApplication) group.shutdownRequestedBy ??= memberId
  memberOf(group, memberId)
  fence(group, memberId, { cause: 'leave' }, step)
  return { response: { ...plainAnswer(memberId, memberEpoch), status: [] }, missingTopics: [] }
}

/** A member comes, or stays. What is wrong with the request is found before anything changes. */
export function heartbeat(
  group: StreamsGroup,
  request: HeartbeatRequest,
  client: HeartbeatClient,
  step: Step,
): HeartbeatAnswer {
  const isJoining = request.memberEpoch === joiningEpoch
  if (isJoining) checkSize(group, step)
  const known = group.members.get(request.memberId)
  const before = isJoining
    ? (known ?? newMember(request.memberId))
    : memberOf(group, request.memberId)
  checkEpoch(before, request)
  const told = withFacts(before, request, client)
  const outlook = look(group, request, step)
  const status = staleTopology(group, told)

  const isNewGroup = group.topology === undefined
  const wasEmpty = group.size === 0
  const hasChanged = known === undefined || !sameFacts(before, told)
  group.put(told)
  if (hasChanged) {
    step.changedMembers.add(told.memberId)
    step.tell({ cause: known === undefined ? 'join' : 'member-change', member: told })
  }
  const isOther = take(group, outlook)
  if (isOther && !isNewGroup) step.tell({ cause: 'metadata-change' })
  if (isOther || hasChanged) {
    group.epoch++
    step.storesGroup = true
  }
  if (wasEmpty) delayAssignment(group, step)
  const target = updateTarget(group, told.memberId, status, step)
  const member = advance(group, told, target, ownedTasks(request), step)
  extendSession(group, member.memberId, step)
  if (request.shutdownApplication) group.shutdownRequestedBy ??= member.memberId
  group.updateState()

  const isReassigned = isJoining || !sameHeld(before.assigned, member.assigned)
  status.push(...problems(group))
  return {
    response: {
      ...plainAnswer(member.memberId, member.memberEpoch),
      heartbeatIntervalMs: step.groupConfig().streamsHeartbeatIntervalMs,
      status,
      ...(isReassigned || hasMissed(request, member) ? assignmentOf(member) : {}),
      ...endpointsFor(group, member, request, { isReassigned, isNewGroup }, step),
    },
    missingTopics: group.configured?.missingTopics ?? [],
  }
}

function memberOf(group: StreamsGroup, memberId: string): StreamsMember {
  const member = group.members.get(memberId)
  if (member !== undefined) return member
  const reason = `Member ${memberId} is not a member of group ${group.groupId}.`
  throw new KafkaError('UNKNOWN_MEMBER_ID', reason)
}

/** Kafka counts a member that joins again twice. */
function checkSize({ size }: StreamsGroup, { config }: Step): void {
  const { groupStreamsMaxSize: maxSize } = config
  if (size < maxSize) return
  throw new KafkaError(
    'GROUP_MAX_SIZE_REACHED',
    `The streams group has reached its maximum capacity of ${maxSize} members.`,
  )
}

/** A member may be one epoch behind, if it has nothing that it should not: our answer was lost. */
function checkEpoch(member: StreamsMember, request: HeartbeatRequest): void {
  const { memberEpoch } = request
  if (memberEpoch === joiningEpoch || memberEpoch === member.memberEpoch) return
  const lostAnswer = memberEpoch === member.previousMemberEpoch && ownsOnly(request, member)
  if (memberEpoch < member.memberEpoch && lostAnswer) return
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The streams group member has a ${memberEpoch > member.memberEpoch ? 'greater' : 'smaller'}` +
      ` member epoch (${memberEpoch}) than the one known by the group coordinator` +
      ` (${member.memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

function ownsOnly(request: HeartbeatRequest, { assigned }: StreamsMember): boolean {
  const owned = ownedTasks(request)
  return (
    owned !== undefined &&
    isContained(owned.active, assigned.active) &&
    isContained(owned.standby, assigned.standby) &&
    isContained(owned.warmup, assigned.warmup)
  )
}

/**
 * Whether the member has other tasks than it should: it tells what it has when that changed, and
 * after an answer was lost. What that one said of tasks nobody would tell it again in the epoch
 * that it is in; Kafka 4.3 leaves it so.
 */
function hasMissed(request: HeartbeatRequest, { assigned }: StreamsMember): boolean {
  const owned = ownedTasks(request)
  return owned !== undefined && !sameTasks(owned, assigned)
}

/** What the member says it has; it tells all or nothing. */
function ownedTasks(request: HeartbeatRequest): TaskAssignment | undefined {
  const { activeTasks, standbyTasks, warmupTasks } = request
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return undefined
  return {
    active: fromTaskIds(activeTasks),
    standby: fromTaskIds(standbyTasks),
    warmup: fromTaskIds(warmupTasks),
  }
}

/** What is null in the request has not changed. */
function withFacts(
  member: StreamsMember,
  request: HeartbeatRequest,
  { clientId, clientHost }: HeartbeatClient,
): StreamsMember {
  const { rackId, rebalanceTimeoutMs, topology, processId, userEndpoint, clientTags } = request
  return {
    ...member,
    clientId,
    clientHost,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? member.topologyEpoch,
    processId: processId ?? member.processId,
    userEndpoint: userEndpoint ?? member.userEndpoint,
    clientTags: clientTags
      ? Object.fromEntries(clientTags.map(({ key, value }) => [key, value]))
      : member.clientTags,
  }
}

function staleTopology({ topology }: StreamsGroup, { topologyEpoch }: StreamsMember): Status[] {
  if (topology === undefined || topologyEpoch >= topology.epoch) return []
  const statusDetail =
    `The member's topology epoch ${topologyEpoch} is behind` +
    ` the group's topology epoch ${topology.epoch}.`
  return [{ statusCode: statusCodes.STALE_TOPOLOGY, statusDetail }]
}

/** The first member of a group waits for others, so that not all of them move tasks. */
function delayAssignment(group: StreamsGroup, step: Step): void {
  const { streamsInitialRebalanceDelayMs: delayMs } = step.groupConfig()
  if (delayMs === 0) return
  group.initialRebalanceDeadlineMs ??= group.wakeBy(step.nowMs + delayMs)
}

/** What the member is to have now; a new assignment is made if one is due. */
function updateTarget(group: StreamsGroup, memberId: string, status: Status[], step: Step): Target {
  const delayed = (by: string): void => {
    const statusDetail = `Assignment delayed due to the configured ${by}.`
    status.push({ statusCode: statusCodes.ASSIGNMENT_DELAYED, statusDetail })
  }
  if (group.initialRebalanceDeadlineMs !== undefined) {
    delayed('initial rebalance delay')
    return { epoch: group.assignmentEpoch, tasks: noTasks }
  }
  if (group.assignmentEpoch < group.epoch) {
    const { streamsAssignmentIntervalMs: intervalMs } = step.groupConfig()
    // An interval of 0 helps where the wall clock was set back.
    const isDue = intervalMs === 0 || step.timestamp >= group.assignmentTimestamp + intervalMs
    if (isDue) assignTargets(group, step)
    else delayed('assignment interval')
  }
  return group.targetOf(memberId)
}

/** Lets the member do its next step towards the target. */
function advance(
  group: StreamsGroup,
  before: StreamsMember,
  target: Target,
  owned: TaskAssignment | undefined,
  step: Step,
): StreamsMember {
  const member = reconcile(before, target, group.owners, owned)
  if (sameAssignment(before, member)) return before
  group.put(member)
  step.changedMembers.add(member.memberId)
  if (member.state === 'unrevoked') awaitRevocation(group, member.memberId, step)
  else group.rebalanceDeadlinesMs.delete(member.memberId)
  return member
}

function problems({ configured, shutdownRequestedBy }: StreamsGroup): Status[] {
  const status = configured?.problem === undefined ? [] : [configured.problem]
  if (shutdownRequestedBy === undefined) return status
  const statusDetail =
    `Streams group member ${shutdownRequestedBy} encountered a fatal error` +
    ' and requested a shutdown for the entire application.'
  return [...status, { statusCode: statusCodes.SHUTDOWN_APPLICATION, statusDetail }]
}

function plainAnswer(memberId: string, memberEpoch: number) {
  return {
    errorCode: 0,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    // Warm-up tasks come with a later release (Kafka 4.3: not set).
    acceptableRecoveryLag: 0,
    taskOffsetIntervalMs: 0,
    endpointInformationEpoch: 0,
  }
}

function assignmentOf({ assigned }: StreamsMember): Record<string, TaskIds[]> {
  return {
    activeTasks: toTaskIds(assigned.active),
    standbyTasks: toTaskIds(assigned.standby),
    warmupTasks: toTaskIds(assigned.warmup),
  }
}

/** Tells a member where to find which partitions, when that is new to it. */
function endpointsFor(
  group: StreamsGroup,
  { userEndpoint }: StreamsMember,
  { endpointInformationEpoch: knownEpoch }: HeartbeatRequest,
  { isReassigned, isNewGroup }: { isReassigned: boolean; isNewGroup: boolean },
  { topics }: Step,
) {
  if (isReassigned && userEndpoint !== null) group.endpointEpoch++
  const isNews = group.endpointEpoch !== knownEpoch
  // As in Kafka, whose first step makes the group and remembers nothing besides what it stores.
  if (isNewGroup) group.endpointEpoch = 0
  return {
    endpointInformationEpoch: group.endpointEpoch,
    partitionsByUserEndpoint: isNews ? partitionsByEndpoint(group, topics) : null,
  }
}
