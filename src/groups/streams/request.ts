/** What no heartbeat of a streams group may be, whatever the group is (GroupCoordinatorService). */
import { KafkaError } from '../../../protocol/errors.ts'
import { checkTopicName, isInternalTopic } from '../../topic-names.ts'
import { joiningEpoch, leavingStaticEpoch, type HeartbeatRequest } from './heartbeat.ts'
import { namedTopics } from './topology.ts'

/** Throws INVALID_REQUEST or STREAMS_INVALID_TOPOLOGY for what Kafka would find first. */
export function checkRequest(request: HeartbeatRequest): void {
  checkSupported(request)
  checkNames(request)
  checkEpoch(request)
  checkTasks(request)
  if (request.memberEpoch !== joiningEpoch && request.topology !== null) {
    throw invalid('Topology can only be provided when (re-)joining.')
  }
}

/**
 * Throws STREAMS_INVALID_TOPOLOGY for topics that no application may name. Comes before anybody is
 * asked whether the client may know of them (Kafka: KafkaApis).
 */
export function checkTopics({ topology }: HeartbeatRequest): void {
  if (topology === null) return
  const names = [...namedTopics(topology.subtopologies)]
  const internal = names.filter(isInternalTopic)
  if (internal.length > 0) {
    throw new KafkaError(
      'STREAMS_INVALID_TOPOLOGY',
      `Use of Kafka internal topics ${internal.join(',')}` +
        ' in a Kafka Streams topology is prohibited.',
    )
  }
  const illegal = names.filter(name => !isLegal(name))
  if (illegal.length === 0) return
  const reason = `Topic names ${illegal.join(',')} are not valid topic names.`
  throw new KafkaError('STREAMS_INVALID_TOPOLOGY', reason)
}

function isLegal(name: string): boolean {
  try {
    checkTopicName(name)
    return true
  } catch {
    return false
  }
}

/** What KIP-1071 describes and Kafka 4.3 does not do yet. */
function checkSupported(request: HeartbeatRequest): void {
  const { instanceId, taskOffsets, taskEndOffsets, warmupTasks, topology } = request
  if (instanceId !== null) throw invalid('Static membership is not yet supported.')
  if (taskOffsets !== null) throw invalid('TaskOffsets are not supported yet.')
  if (taskEndOffsets !== null) throw invalid('TaskEndOffsets are not supported yet.')
  if (warmupTasks !== null && warmupTasks.length > 0) {
    throw invalid('WarmupTasks are not supported yet.')
  }
  if (topology?.subtopologies.some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0)) {
    throw invalid('Regular expressions for source topics are not supported yet.')
  }
}

function checkNames({ memberId, groupId, rackId }: HeartbeatRequest): void {
  if (memberId.trim() === '') throw invalid("MemberId can't be empty.")
  if (groupId.trim() === '') throw invalid("GroupId can't be empty.")
  if (rackId?.trim() === '') throw invalid("RackId can't be empty.")
}

function checkEpoch(request: HeartbeatRequest): void {
  const { memberEpoch } = request
  if (memberEpoch === joiningEpoch) return checkJoin(request)
  if (memberEpoch === leavingStaticEpoch) throw invalid("InstanceId can't be null.")
  if (memberEpoch > leavingStaticEpoch) return
  throw invalid(`MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`)
}

function checkJoin(request: HeartbeatRequest): void {
  const { rebalanceTimeoutMs, activeTasks, standbyTasks, warmupTasks, topology } = request
  if (rebalanceTimeoutMs === -1) {
    throw invalid('RebalanceTimeoutMs must be provided in first request.')
  }
  const lists = { ActiveTasks: activeTasks, StandbyTasks: standbyTasks, WarmupTasks: warmupTasks }
  for (const [name, tasks] of Object.entries(lists)) {
    if (tasks?.length !== 0) throw invalid(`${name} must be empty when (re-)joining.`)
  }
  if (topology === null) throw invalid('Topology must be non-null when (re-)joining.')
  for (const { name, partitions } of topology.subtopologies.flatMap(
    ({ stateChangelogTopics }) => stateChangelogTopics,
  )) {
    if (partitions === 0) continue
    throw new KafkaError(
      'STREAMS_INVALID_TOPOLOGY',
      `Changelog topic ${name} must have an undefined partition count,` +
        ` but it is set to ${partitions}.`,
    )
  }
}

function checkTasks({ activeTasks, standbyTasks, warmupTasks }: HeartbeatRequest): void {
  const lists = [activeTasks, standbyTasks, warmupTasks]
  if (lists.every(tasks => tasks === null) || !lists.includes(null)) return
  throw invalid('If one task-type is non-null, all must be non-null.')
}

function invalid(reason: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', reason)
}
