/** A topology of Kafka Streams: what an application reads, writes and keeps (KIP-1071). */
import type { StreamsTopicRow, StreamsTopologyRow } from '../../../storage/metadata-store.ts'

export type Topology = StreamsTopologyRow

/** Processors that run together. They read source topics and repartition topics. */
export type Subtopology = Topology['subtopologies'][number]

/** An internal topic. 0 partitions leave it to the broker; so does a replicationFactor of 0. */
export type TopicInfo = StreamsTopicRow

/** Topics that need as many partitions as each other, as indexes into the subtopology's lists. */
export type CopartitionGroup = Subtopology['copartitionGroups'][number]

interface NamedTopics {
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly { readonly name: string }[]
  readonly stateChangelogTopics: readonly { readonly name: string }[]
}

/** What a subtopology reads. */
export function inputTopics(subtopology: Subtopology): string[] {
  const { sourceTopics, repartitionSourceTopics } = subtopology
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
}

/** Topics without which the application cannot run. */
export function requiredTopics({ subtopologies }: Topology): Set<string> {
  return new Set(
    subtopologies.flatMap(subtopology => [
      ...inputTopics(subtopology),
      ...subtopology.stateChangelogTopics.map(({ name }) => name),
    ]),
  )
}

/** Every topic that is named. */
export function namedTopics(subtopologies: readonly NamedTopics[]): Set<string> {
  return new Set(
    subtopologies.flatMap(subtopology => [
      ...subtopology.sourceTopics,
      ...subtopology.repartitionSinkTopics,
      ...subtopology.repartitionSourceTopics.map(({ name }) => name),
      ...subtopology.stateChangelogTopics.map(({ name }) => name),
    ]),
  )
}

/** Whether both are the same; the order of their subtopologies makes no difference. */
export function sameTopology(one: Topology, other: Topology): boolean {
  return normalForm(one) === normalForm(other)
}

/** Both come from the same decoder, so their fields are in the same order. */
function normalForm({ epoch, subtopologies }: Topology): string {
  const ordered = subtopologies.toSorted((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
  return JSON.stringify([epoch, ordered])
}
