import type { streamsGroupDescribe } from '../../../protocol/apis/89-streams-group-describe.ts'
import type { Input } from '../../../protocol/schema.ts'
import type { StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { forEachRole, toTaskIds, type HeldAssignment, type TaskAssignment } from './tasks.ts'
import type { Subtopology } from './topology.ts'

type Answer = Input<typeof streamsGroupDescribe.response>['groups'][number]
export type DescribedGroup = Omit<Answer, 'errorCode' | 'errorMessage' | 'authorizedOperations'>

/** A topology with what the broker has decided of it, if it could (Kafka: asDescribedGroup). */
export function describe(group: StreamsGroup): DescribedGroup {
  const { topology, configured } = group
  const isReady = configured !== undefined && configured.problem === undefined
  const subtopologies = isReady
    ? [...configured.subtopologies!.values()]
    : topology!.subtopologies.toSorted((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
  return {
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: { epoch: topology!.epoch, subtopologies: subtopologies.map(describeSubtopology) },
    members: [...group.members.values()].map(member => {
      return describeMember(member, group.targetOf(member.memberId).tasks)
    }),
  }
}

function describeSubtopology(subtopology: Subtopology) {
  const { subtopologyId, sourceTopics, repartitionSinkTopics } = subtopology
  return {
    subtopologyId,
    sourceTopics: sourceTopics.toSorted(),
    repartitionSinkTopics: repartitionSinkTopics.toSorted(),
    stateChangelogTopics: subtopology.stateChangelogTopics.toSorted(byName),
    repartitionSourceTopics: subtopology.repartitionSourceTopics.toSorted(byName),
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

function describeMember(member: StreamsMember, target: TaskAssignment) {
  const { memberId, memberEpoch, rackId, clientId, clientHost, topologyEpoch, processId } = member
  return {
    memberId,
    memberEpoch,
    rackId,
    clientId,
    clientHost,
    topologyEpoch,
    processId,
    userEndpoint: member.userEndpoint,
    clientTags: Object.entries(member.clientTags).map(([key, value]) => ({ key, value })),
    taskOffsets: [],
    taskEndOffsets: [],
    assignment: describeTasks(member.assigned),
    targetAssignment: describeTasks(target),
    isClassic: false,
  }
}

function describeTasks(assignment: HeldAssignment | TaskAssignment) {
  const { active, standby, warmup } = forEachRole(role => toTaskIds(assignment[role]))
  return { activeTasks: active, standbyTasks: standby, warmupTasks: warmup }
}
