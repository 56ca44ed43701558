import type {
  Assignor,
  AssignorMember,
} from '../../../../src/groups/consumer/assignors/assignor.ts'
import { text } from '../driver.ts'

/** A member that subscribes to topics, by ids, and was to have `target`: 't1-0 t1-2'. */
export function member(
  memberId: string,
  topicIds: readonly string[],
  { instanceId = null, target = '' }: { instanceId?: string | null; target?: string } = {},
): AssignorMember {
  return { memberId, instanceId, topicIds: new Set(topicIds), target: parse(target) }
}

function parse(target: string): Map<string, Set<number>> {
  const partitions = new Map<string, Set<number>>()
  for (const each of target.split(' ').filter(part => part !== '')) {
    const [topicId, partition] = each.split('-') as [string, string]
    const known = partitions.get(topicId) ?? new Set()
    partitions.set(topicId, known.add(Number(partition)))
  }
  return partitions
}

/** What each member gets, as a text. */
export function assigned(
  assign: Assignor,
  partitionCounts: Readonly<Record<string, number>>,
  members: readonly AssignorMember[],
): Record<string, string> {
  const targets = assign(members, new Map(Object.entries(partitionCounts)))
  return Object.fromEntries([...targets].map(([memberId, target]) => [memberId, text(target)]))
}
