import { compilePattern } from '../../patterns.ts'
import type { GroupTopics, KnownTopic, Step } from '../step.ts'
import { topicsHash } from '../topics-hash.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'

/** How long a group with patterns leaves topics that come and go alone, at most; as in Kafka. */
const maxRefreshIntervalMs = 10_000

/** How long matches count at most: what clients may know of can change while topics do not. */
const rematchIntervalMs = 600_000

/** Whether the client may know of a topic. */
export type MaySee = (topic: string) => boolean

/**
 * Bumps the group epoch when `isChanged`, or when topics that members subscribe to were created or
 * deleted or have other partitions than before; the next target assignment is for the new epoch.
 * Patterns match what the client of this request may see, whichever member of the group it is, as
 * in Kafka (TopicRegexResolver); without `maySee` what they have matched stays.
 */
export function refreshTopics(
  group: ConsumerGroup,
  isChanged: boolean,
  step: Step,
  maySee?: MaySee,
): void {
  const { version } = step.topics
  const isCurrent = version === group.topicsVersion && step.nowMs < group.rematchAtMs
  const isOutdated = !isCurrent && step.nowMs >= group.refreshAtMs
  if (!isChanged && !isOutdated) return
  const patterns = patternsOf(group)
  if (maySee !== undefined || patterns.size === 0) {
    if (!isCurrent) group.regexTopics.clear()
    resolve(group, patterns, step, maySee ?? (() => false))
    group.topicsVersion = version
  }
  const hash = hashOf(group, step.topics)
  const { epoch, topicsHash: before } = group.facts
  if (!isChanged && hash === before) return
  if (!isChanged) step.tell({ cause: 'metadata-change' })
  group.change({ epoch: epoch + 1, topicsHash: hash }, step)
}

function patternsOf(group: ConsumerGroup): Set<string> {
  const patterns = new Set(Array.from(group.members.values(), ({ topicRegex }) => topicRegex))
  patterns.delete('')
  return patterns
}

/** The topics that match each pattern that is in use. */
function resolve(
  group: ConsumerGroup,
  patterns: ReadonlySet<string>,
  { topics, nowMs }: Step,
  maySee: MaySee,
): void {
  for (const regex of group.regexTopics.keys()) {
    if (!patterns.has(regex)) group.regexTopics.delete(regex)
  }
  if (patterns.size === 0) group.rematchAtMs = Infinity
  const unresolved = [...patterns].filter(regex => !group.regexTopics.has(regex))
  if (unresolved.length === 0) return
  const names = topics.all().map(({ name }) => name)
  for (const regex of unresolved) {
    const matches = compilePattern('subscribedTopicRegex', regex)
    group.regexTopics.set(regex, new Set(names.filter(name => matches(name) && maySee(name))))
  }
  // To match a name takes 5 µs: a millisecond for each leaves time for everything else.
  group.refreshAtMs = nowMs + Math.min(names.length, maxRefreshIntervalMs)
  group.rematchAtMs = nowMs + rematchIntervalMs
}

/** Changes when a subscribed topic appears, goes, is another one, or gets partitions. */
export function hashOf(group: ConsumerGroup, topics: GroupTopics): string {
  const names = new Set<string>()
  for (const member of group.members.values()) {
    for (const name of subscribedNames(group, member)) names.add(name)
  }
  return topicsHash(names, topics)
}

/** By name or by regular expression; a topic need not exist. */
export function subscribedNames(
  group: ConsumerGroup,
  { topicNames, topicRegex }: ConsumerMember,
): ReadonlySet<string> {
  const matching = group.regexTopics.get(topicRegex)
  if (matching === undefined) return topicNames
  return topicNames.size === 0 ? matching : new Set([...topicNames, ...matching])
}

/** The existing ones. */
export function subscribedTopics(
  group: ConsumerGroup,
  member: ConsumerMember,
  topics: GroupTopics,
): KnownTopic[] {
  return [...subscribedNames(group, member)].flatMap(name => topics.get(name) ?? [])
}
