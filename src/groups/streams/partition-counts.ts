/**
 * How many partitions the internal topics of a topology have (Kafka's RepartitionTopics,
 * CopartitionedTopicsEnforcer and ChangelogTopics).
 */
import { KafkaError } from '../../../protocol/errors.ts'
import { TopicProblem } from './topic-problem.ts'
import { inputTopics, type CopartitionGroup, type Subtopology, type Topology } from './topology.ts'

/** Of a topic that exists; undefined of one that does not. */
export type PartitionCount = (topic: string) => number | undefined

/** By the topic's name. */
type Counts = Map<string, number>

/**
 * The partitions of all internal topics. All source topics exist. Throws a TopicProblem, or
 * STREAMS_INVALID_TOPOLOGY.
 */
export function decidePartitionCounts(topology: Topology, existing: PartitionCount): Counts {
  const decided = repartitionCounts(topology, existing)
  // What exists stays as it is: whether that will do is seen when all is decided.
  const countOf: PartitionCount = topic => existing(topic) ?? decided.get(topic)
  const enforcer = new CopartitionEnforcer(topology, countOf)
  for (const subtopology of topology.subtopologies) {
    for (const group of subtopology.copartitionGroups) {
      const topics = topicsOf(group, subtopology)
      for (const [topic, count] of enforcer.enforce(topics)) decided.set(topic, count)
    }
  }
  for (const subtopology of topology.subtopologies) {
    const count = taskCount(subtopology, countOf)
    for (const { name } of subtopology.stateChangelogTopics) decided.set(name, count)
  }
  return decided
}

/** As many as the largest topic that the subtopology reads. Throws STREAMS_INVALID_TOPOLOGY. */
export function taskCount(subtopology: Subtopology, countOf: PartitionCount): number {
  const counts = inputTopics(subtopology).map(topic => countOf(topic)!)
  if (counts.length > 0) return Math.max(...counts)
  const { subtopologyId } = subtopology
  throw invalid(`No source topics found for subtopology ${subtopologyId}`)
}

/** A repartition topic without a count gets that of the largest topic whose records go into it. */
function repartitionCounts({ subtopologies }: Topology, existing: PartitionCount): Counts {
  const sources = subtopologies.flatMap(each => each.repartitionSourceTopics)
  const decided: Counts = new Map(
    sources.filter(({ partitions }) => partitions !== 0).map(each => [each.name, each.partitions]),
  )
  const upstream = subtopologies.flatMap(subtopology =>
    subtopology.repartitionSinkTopics.map(topic => ({ topic, subtopology })),
  )
  let open = upstream.filter(({ topic }) => !decided.has(topic))
  while (open.length > 0) {
    for (const { topic, subtopology } of open) {
      const count = largestInput(subtopology, decided, existing)
      if (count !== undefined && !decided.has(topic)) decided.set(topic, count)
    }
    const still = open.filter(({ topic }) => !decided.has(topic))
    if (still.length === open.length) {
      throw invalid(
        'Failed to compute number of partitions for all repartition topics.' +
          ' There may be loops in the topology that cannot be resolved.',
      )
    }
    open = still
  }
  if (sources.some(({ name }) => !decided.has(name))) {
    throw invalid(
      'Failed to compute number of partitions for all repartition topics,' +
        ' because a repartition source topic is never used as a sink topic.',
    )
  }
  return decided
}

function largestInput(
  { sourceTopics, repartitionSourceTopics }: Subtopology,
  decided: Counts,
  existing: PartitionCount,
): number | undefined {
  const counts = [
    ...repartitionSourceTopics.map(({ name }) => decided.get(name)),
    ...sourceTopics.map(existing),
  ].filter(count => count !== undefined)
  return counts.length === 0 ? undefined : Math.max(...counts)
}

function topicsOf(group: CopartitionGroup, subtopology: Subtopology): Set<string> {
  return new Set([
    ...group.sourceTopics.map(index => subtopology.sourceTopics[index]!),
    ...group.repartitionSourceTopics.map(index => {
      return subtopology.repartitionSourceTopics[index]!.name
    }),
  ])
}

/** Gives repartition topics as many partitions as the topics that they are joined with. */
class CopartitionEnforcer {
  /** Repartition topics for which the application says how many partitions they have. */
  readonly #fixed: ReadonlySet<string>
  readonly #repartition: ReadonlySet<string>
  readonly #countOf: PartitionCount

  constructor({ subtopologies }: Topology, countOf: PartitionCount) {
    const topics = subtopologies.flatMap(each => each.repartitionSourceTopics)
    this.#repartition = new Set(topics.map(({ name }) => name))
    this.#fixed = new Set(topics.filter(each => each.partitions !== 0).map(({ name }) => name))
    this.#countOf = countOf
  }

  /** The counts of the repartition topics among them. Throws a TopicProblem. */
  enforce(topics: ReadonlySet<string>): Counts {
    if (topics.size === 0) return new Map()
    const repartition = this.#counts([...topics].filter(topic => this.#repartition.has(topic)))
    const others = this.#counts([...topics].filter(topic => !this.#repartition.has(topic)))
    const count = this.#commonCount(repartition, others)
    for (const [topic, own] of repartition) {
      if (own === count || !this.#fixed.has(topic)) continue
      throw new TopicProblem(
        'INCORRECTLY_PARTITIONED_TOPICS',
        `Number of partitions [${own}] of repartition topic [${topic}]` +
          ` doesn't match number of partitions [${count}] of the source topic.`,
      )
    }
    return new Map([...repartition.keys()].map(topic => [topic, count]))
  }

  #commonCount(repartition: Counts, others: Counts): number {
    if (others.size > 0) return same(others, others)
    // Kafka compares all topics whose count is fixed, also those of other groups.
    if (this.#fixed.size > 0) return same(this.#counts([...this.#fixed]), repartition)
    return Math.max(...repartition.values())
  }

  #counts(topics: readonly string[]): Counts {
    return new Map(topics.map(topic => [topic, this.#countOf(topic)!]))
  }
}

/** The count of all of them; otherwise the problem tells of those that are to be `shown`. */
function same(counts: Counts, shown: Counts): number {
  const [first, ...rest] = counts.values()
  if (rest.every(count => count === first)) return first!
  const text = [...shown.keys()].toSorted().map(topic => `${topic}=${shown.get(topic)}`)
  throw new TopicProblem(
    'INCORRECTLY_PARTITIONED_TOPICS',
    `Following topics do not have the same number of partitions: [{${text.join(', ')}}]`,
  )
}

function invalid(reason: string): KafkaError {
  return new KafkaError('STREAMS_INVALID_TOPOLOGY', reason)
}
