import { errors, errorName, KafkaError } from '../../protocol/errors.ts'
import { nearestName } from '../config/nearest-name.ts'
import type { Group, GroupType, MemberView } from '../groups/group.ts'
import { describeOffsets } from '../groups/share/describe-offsets.ts'
import { lagOf } from '../groups/offsets/lag.ts'
import type { Services } from '../handler.ts'

export interface ListedGroup {
  readonly group: string
  readonly type: GroupType
  /** By Kafka's name: 'Stable', 'Empty', 'PreparingRebalance', … */
  readonly state: string
  readonly members: number
}

export interface DescribedGroup extends Omit<ListedGroup, 'members'> {
  /** The generation of a classic group, else the group epoch. */
  readonly epoch: number
  /** The node id of its coordinator. */
  readonly coordinator: number
  readonly members: readonly MemberView[]
  /** All that it has committed or is assigned, by topic and partition. */
  readonly partitions: readonly GroupPartition[]
  /** Records that it is behind in all partitions, as offsets count them. */
  readonly lag: number
}

export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  /** Null where it has committed nothing; of a share group, where it begins. */
  readonly committedOffset: number | null
  /** Of the next record: the high watermark. */
  readonly endOffset: number
  /** Records between the two; from the start where nothing was committed. */
  readonly lag: number
  /** Milliseconds since the epoch; null where it has committed nothing, and of share groups. */
  readonly committedAt: number | null
  /** The member that has it. */
  readonly memberId: string | null
}

/** Throws GROUP_ID_NOT_FOUND, with the name that may have been meant. */
export function groupNamed({ groups }: Services, groupId: string): Group {
  const group = groups.get(groupId)
  if (group !== undefined) return group
  const nearest = nearestName(groupId, allIds(groups))
  const hint = nearest === undefined ? '' : `; there is '${nearest}'`
  throw new KafkaError('GROUP_ID_NOT_FOUND', `there is no group '${groupId}'${hint}`)
}

function allIds(groups: Services['groups']): string[] {
  return groups.list({ states: [], types: [] }).map(({ groupId }) => groupId)
}

/** In the order of their names. */
export function listGroups({ groups }: Services): ListedGroup[] {
  return allIds(groups)
    .toSorted()
    .map(groupId => {
      const { type, state, size } = groups.get(groupId)!
      return { group: groupId, type, state, members: size }
    })
}

/** Rejects with GROUP_ID_NOT_FOUND. */
export async function describeGroup(services: Services, groupId: string): Promise<DescribedGroup> {
  const group = groupNamed(services, groupId)
  const partitions = await groupPartitions(services, group)
  const { type, state, epoch } = group
  return {
    group: groupId,
    type,
    state,
    epoch,
    coordinator: services.cluster.coordinatorOf(groupId),
    members: group.memberViews(services.topics),
    partitions,
    lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
  }
}

/** What a group has committed or is assigned, of topics that there are. */
async function groupPartitions(services: Services, group: Group): Promise<GroupPartition[]> {
  const { groups, topics } = services
  const { groupId } = group
  const all = new Map<string, GroupPartition>()
  const add = (partition: GroupPartition): void => {
    const key = `${partition.topic}/${partition.partition}`
    all.set(key, { ...partition, memberId: all.get(key)?.memberId ?? null })
  }
  for (const { memberId, assignment } of group.memberViews(topics)) {
    for (const [topic, indexes] of Object.entries(assignment)) {
      for (const partition of indexes) {
        const log = topics.get(topic)?.partitions[partition]
        if (log === undefined) continue
        const { startOffset, highWatermark: endOffset } = log
        const lag = endOffset - startOffset
        const nothing = { committedOffset: null, committedAt: null }
        all.set(`${topic}/${partition}`, { topic, partition, ...nothing, endOffset, lag, memberId })
      }
    }
  }
  const offsets = groups.offsets.of(groupId)
  const times = new Map(offsets.map(row => [`${row.topic}/${row.partition}`, row.commitTimestamp]))
  for (const each of lagOf(offsets, topics)) {
    const committedAt = times.get(`${each.topic}/${each.partition}`) ?? null
    add({ ...each, committedAt, memberId: null })
  }
  if (group.type === 'share') for (const each of await shareOffsets(services, groupId)) add(each)
  return [...all.values()].toSorted(byTopicAndPartition)
}

/** What a share group has begun with; a lag that nobody knows is all there is. */
async function shareOffsets(services: Services, groupId: string): Promise<GroupPartition[]> {
  const { topics, shareStates } = services
  const described = await describeOffsets(groupId, null, topics, shareStates)
  return described.flatMap(({ topicName: topic, partitions }) =>
    partitions.flatMap(({ partitionIndex: partition, startOffset, lag }) => {
      const log = topics.get(topic)?.partitions[partition]
      if (log === undefined) return []
      const { highWatermark: endOffset } = log
      const known = {
        committedOffset: startOffset === -1 ? null : startOffset,
        lag: lag === -1 ? endOffset - log.startOffset : lag,
      }
      return { topic, partition, endOffset, ...known, committedAt: null, memberId: null }
    }),
  )
}

function byTopicAndPartition(a: GroupPartition, b: GroupPartition): number {
  if (a.topic === b.topic) return a.partition - b.partition
  return a.topic < b.topic ? -1 : 1
}

/**
 * Removes a member, by its id or its group.instance.id: its client learns of it with its next
 * request, and joins anew. Throws GROUP_ID_NOT_FOUND and UNKNOWN_MEMBER_ID.
 */
export function kickMember(services: Services, groupId: string, who: string): void {
  const members = groupNamed(services, groupId).memberViews(services.topics)
  const member = members.find(({ memberId, instanceId }) => memberId === who || instanceId === who)
  if (member === undefined) {
    const there = members.length === 0 ? 'has no members' : `has ${members.map(idOf).join(', ')}`
    throw new KafkaError('UNKNOWN_MEMBER_ID', `no member '${who}': group '${groupId}' ${there}`)
  }
  services.groups.kick(groupId, member.memberId)
}

function idOf({ memberId }: MemberView): string {
  return `'${memberId}'`
}

/**
 * Deletes a group that nobody is in, with all that it has committed; it is gone for good when this
 * resolves. Rejects with GROUP_ID_NOT_FOUND and NON_EMPTY_GROUP.
 */
export async function deleteGroup(services: Services, groupId: string): Promise<void> {
  const group = groupNamed(services, groupId)
  const errorCode = await services.groups.offsets.deleteGroup(groupId)
  if (errorCode === errors.NONE) return
  const members = group.memberViews(services.topics).map(idOf).join(', ')
  const isUsed = errorCode === errors.NON_EMPTY_GROUP
  const reason = isUsed
    ? `group '${groupId}' has members: ${members}; stop or kick them`
    : undefined
  throw new KafkaError(errorName(errorCode), reason)
}
