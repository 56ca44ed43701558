import type { Step } from '../step.ts'
import { topicsHash } from '../topics-hash.ts'
import { sameAssignment, type Assignment } from '../assignment.ts'
import type { ShareMember } from './member.ts'
import type { ShareGroup } from './share-group.ts'
import { assignSimple } from './simple-assignor.ts'

/**
 * Bumps the group epoch when a subscription `isChanged`, or when subscribed topics were created or
 * deleted or have got partitions; the next target assignment is for the new epoch. Whether it did.
 */
export function refreshTopics(group: ShareGroup, isChanged: boolean, step: Step): boolean {
  const { version } = step.topics
  if (!isChanged && version === group.topicsVersion) return false
  group.topicsVersion = version
  const hash = topicsHash(group.topicNames(), step.topics)
  if (!isChanged && hash === group.facts.topicsHash) return false
  if (!isChanged) step.tell({ cause: 'metadata-change' })
  group.change({ epoch: group.epoch + 1, topicsHash: hash }, step)
  return true
}

/**
 * Makes a target assignment for the group epoch, unless there is one, or the one before was made
 * less than share.assignment.interval.ms ago: a later heartbeat makes it then.
 */
export function updateTarget(group: ShareGroup, step: Step): void {
  const { epoch, assignmentEpoch, assignmentTimestamp } = group.facts
  if (assignmentEpoch >= epoch) return
  const { shareAssignmentIntervalMs } = step.groupConfig()
  const isFirst = assignmentTimestamp === 0
  if (!isFirst && step.timestamp < assignmentTimestamp + shareAssignmentIntervalMs) return
  const members = [...group.members.values()]
  const targets = assignSimple(
    members.map(({ memberId, topicNames, target }) => {
      return { memberId, topicIds: topicIdsOf(topicNames, step), target }
    }),
    assignablePartitions(group, step),
  )
  for (const member of members) {
    const target = targets.get(member.memberId)!
    if (!sameAssignment(target, member.target)) group.put({ ...member, target }, step)
  }
  group.change({ assignmentEpoch: epoch, assignmentTimestamp: step.timestamp }, step)
}

function assignablePartitions(group: ShareGroup, { topics }: Step): Assignment {
  const known = [...group.topicNames()].flatMap(name => topics.get(name) ?? [])
  return new Map(known.map(({ id, partitions }) => [id, new Set(Array(partitions.length).keys())]))
}

/**
 * The member with what it is to have (Kafka: ShareGroupAssignmentBuilder). Nobody has to give
 * anything up first, so that it has its target at once.
 */
export function reconciled(
  member: ShareMember,
  targetEpoch: number,
  hasChanged: boolean,
  step: Step,
): ShareMember {
  const isCurrent = member.epoch === targetEpoch
  if (isCurrent && !hasChanged) return member
  const subscribed = topicIdsOf(member.topicNames, step)
  const assigned = new Map([...member.target].filter(([topicId]) => subscribed.has(topicId)))
  if (isCurrent) return { ...member, assigned }
  return { ...member, assigned, epoch: targetEpoch, previousEpoch: member.epoch }
}

/** The ids of those that exist. */
function topicIdsOf(topicNames: ReadonlySet<string>, { topics }: Step): Set<string> {
  return new Set([...topicNames].flatMap(name => topics.get(name)?.id ?? []))
}
