import type { consumerGroupDescribe } from '../../../protocol/apis/69-consumer-group-describe.ts'
import type { Input } from '../../../protocol/schema.ts'
import type { GroupTopics, Step } from '../step.ts'
import { toTopicPartitions } from '../assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'
import { assignorOf } from './target.ts'

type DescribedGroup = Input<typeof consumerGroupDescribe.response>['groups'][number]
type DescribedMember = DescribedGroup['members'][number]
type Assigned = Parameters<typeof toTopicPartitions>[0]

/** One group of the answer to ConsumerGroupDescribe. */
export function describe(group: ConsumerGroup, step: Pick<Step, 'config' | 'topics'>) {
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.facts.assignmentEpoch,
    assignorName: assignorOf(group, step),
    members: Array.from(group.members.values(), member => describeMember(member, step.topics)),
  } satisfies DescribedGroup
}

/** What it is still giving up is part of what it has. */
function describeMember(member: ConsumerMember, topics: GroupTopics): DescribedMember {
  const has = new Map<string, ReadonlyMap<number, number>>(member.assigned)
  for (const [topicId, partitions] of member.revoking) {
    has.set(topicId, new Map([...(has.get(topicId) ?? []), ...partitions]))
  }
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topicNames],
    subscribedTopicRegex: member.topicRegex,
    assignment: { topicPartitions: named(has, topics) },
    targetAssignment: { topicPartitions: named(member.target, topics) },
    memberType: member.classic === null ? 1 : 0,
  }
}

/** Without topics that are gone. */
function named(assignment: Assigned, topics: GroupTopics) {
  return toTopicPartitions(assignment).flatMap(({ topicId, partitions }) => {
    const topic = topics.getById(topicId)
    return topic === undefined ? [] : [{ topicId, topicName: topic.name, partitions }]
  })
}
