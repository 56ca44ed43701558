import { give, take, type Assignor, type AssignorMember, type Draft } from './assignor.ts'

/** Rounds of balancing: overlapping subscriptions may take many, each about halves the rest. */
const maxRounds = 16

interface Load {
  readonly memberId: string
  readonly draft: Draft
  count: number
}

interface TopicLoads {
  readonly topicId: string
  readonly subscribers: Load[]
  /** The owner of each partition. */
  readonly owners: (Load | undefined)[]
}

/**
 * Members subscribe to different topics: each keeps what it has of its topics, what is left goes to
 * the subscriber with the fewest partitions, and then partitions move from the subscribers of a
 * topic that have most to those that have fewest, until they differ by one at most.
 * (Kafka: UniformHeterogeneousAssignmentBuilder)
 */
export const assignBySubscription: Assignor = (members, partitionCounts) => {
  const loads = members.map(({ memberId }) => ({ memberId, draft: new Map(), count: 0 }))
  const topics = topicsOf(members, loads, partitionCounts)
  for (const topic of topics) assignRest(topic)
  for (let round = 0; round < maxRounds; round++) {
    const moved = topics.reduce((sum, topic) => sum + balance(topic), 0)
    if (moved === 0) break
  }
  return new Map(loads.map(({ memberId, draft }) => [memberId, draft]))
}

/** With what members keep; those with most partitions for each subscriber first. */
function topicsOf(
  members: readonly AssignorMember[],
  loads: readonly Load[],
  partitionCounts: ReadonlyMap<string, number>,
): TopicLoads[] {
  const topics = new Map<string, TopicLoads>()
  for (const [index, { topicIds, target }] of members.entries()) {
    const load = loads[index]!
    for (const topicId of topicIds) {
      const topic = topics.get(topicId) ?? emptyTopic(topicId, partitionCounts.get(topicId)!)
      topics.set(topicId, topic)
      topic.subscribers.push(load)
      for (const partition of target.get(topicId) ?? []) own(topic, partition, load)
    }
  }
  return [...topics.values()].toSorted(byPartitionsPerSubscriber)
}

function emptyTopic(topicId: string, partitions: number): TopicLoads {
  return { topicId, subscribers: [], owners: Array.from({ length: partitions }, () => undefined) }
}

function byPartitionsPerSubscriber(a: TopicLoads, b: TopicLoads): number {
  const order = b.owners.length / b.subscribers.length - a.owners.length / a.subscribers.length
  if (order !== 0) return order
  if (a.subscribers.length !== b.subscribers.length) {
    return a.subscribers.length - b.subscribers.length
  }
  return a.topicId < b.topicId ? -1 : 1
}

function own(topic: TopicLoads, partition: number, load: Load): void {
  const former = topic.owners[partition]
  if (former !== undefined) {
    take(former.draft, topic.topicId, partition)
    former.count--
  }
  topic.owners[partition] = load
  give(load.draft, topic.topicId, partition)
  load.count++
}

function assignRest(topic: TopicLoads): void {
  for (const [partition, owner] of topic.owners.entries()) {
    if (owner === undefined) own(topic, partition, leastLoaded(topic.subscribers))
  }
}

/** Returns how many partitions moved. */
function balance(topic: TopicLoads): number {
  const { subscribers, owners } = topic
  const owned = new Map<Load, number[]>(subscribers.map(load => [load, []]))
  for (const [partition, owner] of owners.entries()) owned.get(owner!)!.push(partition)
  for (let moved = 0; ; moved++) {
    const least = leastLoaded(subscribers)
    const givers = subscribers.filter(load => owned.get(load)!.length > 0)
    const most = mostLoaded(givers)
    if (most === undefined || most.count - least.count <= 1) return moved
    const partition = owned.get(most)!.pop()!
    owned.get(least)!.push(partition)
    own(topic, partition, least)
  }
}

/** The first of those with the fewest partitions. */
function leastLoaded(loads: readonly Load[]): Load {
  return loads.reduce((least, load) => (load.count < least.count ? load : least))
}

/** The last of those with the most partitions. */
function mostLoaded(loads: readonly Load[]): Load | undefined {
  let most: Load | undefined
  for (const load of loads) if (most === undefined || load.count >= most.count) most = load
  return most
}
