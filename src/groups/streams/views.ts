import type { MemberView } from '../group.ts'
import type { GroupTopics } from '../step.ts'
import { isReconciled, type StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { eachTask } from './tasks.ts'
import { inputTopics, type Subtopology } from './topology.ts'

export function memberViews(group: StreamsGroup, topics: GroupTopics): MemberView[] {
  const subtopologies = new Map(
    group.topology?.subtopologies.map(each => [each.subtopologyId, each]),
  )
  const read = [...subtopologies.values()].flatMap(inputTopics)
  return Array.from(group.members.values(), member => {
    const { memberId, clientId, clientHost } = member
    return {
      memberId,
      instanceId: null,
      clientId,
      clientHost,
      subscribedTopics: [...new Set(read)],
      assignment: partitionsOf(member, subtopologies, topics),
      ...(!isReconciled(member, group.assignmentEpoch) && { missing: missing[member.state] }),
    }
  })
}

const missing: Readonly<Record<StreamsMember['state'], string>> = {
  stable: 'has not taken up its new tasks',
  unrevoked: 'has not given up tasks',
  unreleased: 'waits for tasks that others have to give up',
}

/** A task reads its partition of all topics that have one. */
function partitionsOf(
  { assigned }: StreamsMember,
  subtopologies: ReadonlyMap<string, Subtopology>,
  topics: GroupTopics,
): Record<string, number[]> {
  const partitions: Record<string, number[]> = {}
  for (const [subtopologyId, partition] of eachTask(assigned.active)) {
    const subtopology = subtopologies.get(subtopologyId)
    for (const name of subtopology === undefined ? [] : inputTopics(subtopology)) {
      const count = topics.get(name)?.partitions.length ?? 0
      if (partition < count) (partitions[name] ??= []).push(partition)
    }
  }
  return partitions
}
