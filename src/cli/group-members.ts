/** Members of groups and what they read, by the API of each type. */
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { streamsGroupDescribe } from '../../protocol/apis/89-streams-group-describe.ts'
import { decodeAssignment } from '../../protocol/consumer-protocol.ts'
import { errors } from '../../protocol/errors.ts'
import { WireError } from '../../protocol/wire.ts'
import type { Client } from '../client/client.ts'
import { answered, checkAnswer } from './broker-answers.ts'
import type { GroupType } from './groups.ts'

export interface AssignedPartitions {
  topic: string
  partitions: number[]
}

export interface GroupMember {
  member: string
  instance: string | null
  client: string
  host: string
  /** Null in classic groups, whose members are all of one generation. */
  epoch: number | null
  assignment: AssignedPartitions[]
}

export interface GroupFacts {
  state: string
  /** Who divides the partitions; empty where nobody has yet. */
  assignor: string
  members: GroupMember[]
}

type Describe = (client: Client, group: string) => Promise<GroupFacts>

/** By the type of a group. */
export const describers: Readonly<Record<GroupType, Describe>> = {
  async classic(client, group) {
    const { groups } = await client.send(
      describeGroups,
      { groups: [group] },
      { to: { group }, check: checking(group) },
    )
    const [own] = groups
    // Before KIP-1043 a group that is not there is Dead.
    if (own!.groupState === 'Dead') throw answered(`group ${group}`, errors.GROUP_ID_NOT_FOUND)
    const members = own!.members.map(each => ({
      member: each.memberId,
      instance: each.groupInstanceId,
      client: each.clientId,
      host: hostText(each.clientHost),
      epoch: null,
      assignment: sorted(classicAssignment(own!.protocolType, each.memberAssignment)),
    }))
    return { state: own!.groupState, assignor: own!.protocolData, members }
  },

  async consumer(client, group) {
    const { groups } = await client.send(
      consumerGroupDescribe,
      { groupIds: [group], includeAuthorizedOperations: false },
      { to: { group }, check: checking(group) },
    )
    const [own] = groups
    const members = own!.members.map(each => ({
      ...memberFacts(each),
      instance: each.instanceId,
      assignment: named(each.assignment.topicPartitions),
    }))
    return { state: own!.groupState, assignor: own!.assignorName, members }
  },

  async share(client, group) {
    const { groups } = await client.send(
      shareGroupDescribe,
      { groupIds: [group], includeAuthorizedOperations: false },
      { to: { group }, check: checking(group) },
    )
    const [own] = groups
    const members = own!.members.map(each => ({
      ...memberFacts(each),
      instance: null,
      assignment: named(each.assignment.topicPartitions),
    }))
    return { state: own!.groupState, assignor: own!.assignorName, members }
  },

  async streams(client, group) {
    const { groups } = await client.send(
      streamsGroupDescribe,
      { groupIds: [group], includeAuthorizedOperations: false },
      { to: { group }, check: checking(group) },
    )
    const [own] = groups
    const sources = new Map(
      own!.topology?.subtopologies?.map(each => [
        each.subtopologyId,
        [...each.sourceTopics, ...each.repartitionSourceTopics.map(({ name }) => name)],
      ]),
    )
    const members = own!.members.map(each => ({
      ...memberFacts(each),
      instance: each.instanceId,
      assignment: sorted(
        each.assignment.activeTasks.flatMap(({ subtopologyId, partitions }) =>
          (sources.get(subtopologyId) ?? []).map(topic => ({ topic, partitions })),
        ),
      ),
    }))
    return { state: own!.groupState, assignor: '', members }
  },
}

interface Answer {
  groups: { errorCode: number; errorMessage: string | null }[]
}

function checking(group: string) {
  return ({ groups: [own] }: Answer): void => {
    checkAnswer(`group ${group}`, own?.errorCode ?? errors.NONE, own?.errorMessage)
  }
}

interface MemberRow {
  memberId: string
  memberEpoch: number
  clientId: string
  clientHost: string
}

function memberFacts({ memberId, memberEpoch, clientId, clientHost }: MemberRow) {
  return { member: memberId, client: clientId, host: hostText(clientHost), epoch: memberEpoch }
}

/** Kafka writes Java's InetAddress, with a slash before it. */
function hostText(host: string): string {
  return host.replace(/^\//, '')
}

function named(
  topics: readonly { topicName: string; partitions: number[] }[],
): AssignedPartitions[] {
  return sorted(topics.map(({ topicName: topic, partitions }) => ({ topic, partitions })))
}

function sorted(assignment: AssignedPartitions[]): AssignedPartitions[] {
  return assignment
    .map(each => ({ ...each, partitions: each.partitions.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
}

/** Other users of the classic protocol, like Kafka Connect, assign what is no partition. */
function classicAssignment(protocolType: string, bytes: Buffer): AssignedPartitions[] {
  if (protocolType !== 'consumer' || bytes.length === 0) return []
  try {
    return decodeAssignment(bytes).assignedPartitions
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return []
  }
}
