/** Whether a request is one that a fault is for, and which part of it. */
import type { NamedTopic } from '../request-facts.ts'
import type { RequestRule } from './spec.ts'

/** A request, as far as faults look at it. */
export interface AskedRequest {
  readonly api: string
  readonly version: number
  readonly nodeId: number
  readonly clientId: string
  /** With their names, whatever the request calls them by, and those that it only means. */
  readonly topics: readonly NamedTopic[]
  readonly groups: readonly string[]
  readonly transactionalIds: readonly string[]
}

/** The topics that the fault is for, as far as it says which; undefined: it is for another one. */
export interface Match {
  readonly topics: readonly NamedTopic[]
  /** All that the request names. */
  readonly isWhole: boolean
}

export function match(rule: RequestRule, asked: AskedRequest): Match | undefined {
  const { apis, versions, node, client, group, transactionalId } = rule
  const isMeant =
    (apis?.has(asked.api) ?? true) &&
    asked.version >= versions[0] &&
    asked.version <= versions[1] &&
    (node === undefined || node === asked.nodeId) &&
    (client?.(asked.clientId) ?? true) &&
    (group === undefined || asked.groups.some(group)) &&
    (transactionalId === undefined || asked.transactionalIds.some(transactionalId))
  if (!isMeant) return undefined
  if (rule.topic === undefined && rule.partition === undefined) {
    return { topics: asked.topics, isWhole: true }
  }
  const topics = asked.topics.flatMap(topic => part(rule, topic))
  if (topics.length === 0) return undefined
  return { topics, isWhole: sizeOf(topics) === sizeOf(asked.topics) }
}

function part(
  { topic: isMeant, partition }: RequestRule,
  topic: NamedTopic,
): readonly NamedTopic[] {
  if (isMeant !== undefined && !isMeant(topic.name)) return []
  if (partition === undefined) return [topic]
  return topic.partitions?.includes(partition) ? [{ ...topic, partitions: [partition] }] : []
}

function sizeOf(topics: readonly NamedTopic[]): number {
  return topics.reduce((size, { partitions }) => size + (partitions?.length ?? 1), 0)
}
