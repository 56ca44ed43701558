/** A topology put together with the topics that there are (Kafka's InternalTopicManager). */
import { KafkaError } from '../../../protocol/errors.ts'
import { decidePartitionCounts, taskCount, type PartitionCount } from './partition-counts.ts'
import { summary, TopicProblem, type Status } from './topic-problem.ts'
import { requiredTopics, type Subtopology, type TopicInfo, type Topology } from './topology.ts'

export interface ConfiguredTopology {
  /** By id, in its order; none if it cannot be told how many tasks there are. */
  readonly subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined
  /** Internal topics that are to be created. */
  readonly missingTopics: readonly TopicInfo[]
  /** Why no task can run. */
  readonly problem: Status | undefined
}

/** Its internal topics have their partitions. */
export interface ConfiguredSubtopology extends Subtopology {
  readonly taskCount: number
}

/** Throws STREAMS_INVALID_TOPOLOGY. */
export function configureTopology(
  topology: Topology,
  existing: PartitionCount,
): ConfiguredTopology {
  checkReferences(topology)
  try {
    checkSourceTopics(topology, existing)
    const decided = decidePartitionCounts(topology, existing)
    const countOf: PartitionCount = topic => existing(topic) ?? decided.get(topic)
    const subtopologies = topology.subtopologies
      .map(subtopology => configure(subtopology, countOf, decided))
      .toSorted((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
    const missingTopics = missing(topology, subtopologies, existing)
    return {
      subtopologies: new Map(subtopologies.map(each => [each.subtopologyId, each])),
      missingTopics,
      problem: problemOf(missingTopics),
    }
  } catch (error) {
    if (!(error instanceof TopicProblem)) throw error
    return { subtopologies: undefined, missingTopics: [], problem: error.status }
  }
}

/** What a good client cannot get wrong. */
function checkReferences({ subtopologies }: Topology): void {
  const ids = new Set(subtopologies.map(({ subtopologyId }) => subtopologyId))
  if (ids.size < subtopologies.length) {
    throw new KafkaError('STREAMS_INVALID_TOPOLOGY', 'two subtopologies have the same id')
  }
  for (const { copartitionGroups, ...subtopology } of subtopologies) {
    const { sourceTopics, repartitionSourceTopics, stateChangelogTopics } = subtopology
    const isRight = copartitionGroups.every(
      group =>
        group.sourceTopics.every(index => index in sourceTopics) &&
        group.repartitionSourceTopics.every(index => index in repartitionSourceTopics),
    )
    if (!isRight) {
      const reason = `a copartition group of ${subtopology.subtopologyId} names no topic`
      throw new KafkaError('STREAMS_INVALID_TOPOLOGY', reason)
    }
    const negative = [...repartitionSourceTopics, ...stateChangelogTopics].find(
      ({ partitions }) => partitions < 0,
    )
    if (negative === undefined) continue
    const reason = `topic ${negative.name} cannot have ${negative.partitions} partitions`
    throw new KafkaError('STREAMS_INVALID_TOPOLOGY', reason)
  }
}

function checkSourceTopics({ subtopologies }: Topology, existing: PartitionCount): void {
  const sources = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  const absent = [...sources].filter(topic => existing(topic) === undefined).toSorted()
  if (absent.length === 0) return
  throw new TopicProblem('MISSING_SOURCE_TOPICS', `Source topics ${summary(absent)} are missing.`)
}

function configure(
  subtopology: Subtopology,
  countOf: PartitionCount,
  decided: ReadonlyMap<string, number>,
): ConfiguredSubtopology {
  const withCount = (topic: TopicInfo): TopicInfo => {
    return { ...topic, partitions: topic.partitions || decided.get(topic.name)! }
  }
  return {
    ...subtopology,
    taskCount: taskCount(subtopology, countOf),
    repartitionSourceTopics: subtopology.repartitionSourceTopics.map(withCount),
    stateChangelogTopics: subtopology.stateChangelogTopics.map(withCount),
  }
}

/** Throws a TopicProblem for an internal topic that exists and has another number of partitions. */
function missing(
  topology: Topology,
  subtopologies: readonly ConfiguredSubtopology[],
  existing: PartitionCount,
): TopicInfo[] {
  const internal = new Map(
    subtopologies
      .flatMap(each => [...each.repartitionSourceTopics, ...each.stateChangelogTopics])
      .map(topic => [topic.name, topic]),
  )
  for (const name of requiredTopics(topology)) {
    const found = existing(name)
    const expected = internal.get(name)?.partitions
    if (found === undefined || expected === undefined) continue
    if (found !== expected) {
      throw new TopicProblem(
        'INCORRECTLY_PARTITIONED_TOPICS',
        `Existing topic ${name} has different number of partitions:` +
          ` expected ${expected}, found ${found}`,
      )
    }
    internal.delete(name)
  }
  return [...internal.values()]
}

function problemOf(missingTopics: readonly TopicInfo[]): Status | undefined {
  if (missingTopics.length === 0) return undefined
  const names = summary(missingTopics.map(({ name }) => name))
  const detail = `Internal topics are missing: ${names}`
  return new TopicProblem('MISSING_INTERNAL_TOPICS', detail).status
}
