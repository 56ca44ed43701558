import { readRecords } from '../admin/read.ts'
import { topicNamed } from '../admin/topics.ts'
import type { Services } from '../handler.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'
import type { GroupOffset } from './entry.ts'
import { CommittedPositions, groupLine, topicLine } from './write.ts'

/** Characters that are handed on together. */
const chunkLength = 64 * 1024

/**
 * Topics with their configs, the records that consumers of committed ones see, and the offsets of
 * groups, as JSON lines for `importEntries`: all topics but the broker's own, or these. Throws
 * UNKNOWN_TOPIC_OR_PARTITION before the first line.
 */
export function exportLines(
  services: Services,
  names?: readonly string[],
): AsyncGenerator<string, void> {
  const topics = names?.map(name => topicNamed(services.topics, name)) ?? services.topics.all()
  return inChunks(
    lines(
      services,
      topics.filter(({ name }) => !isInternalTopic(name)),
    ),
  )
}

async function* inChunks(each: AsyncIterable<string>): AsyncGenerator<string, void> {
  let chunk = ''
  for await (const line of each) {
    chunk += `${line}\n`
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

interface Committed extends GroupOffset {
  group: string
}

async function* lines(services: Services, topics: readonly Topic[]): AsyncGenerator<string, void> {
  const committed = committedOffsets(services)
  const offsets: Committed[] = []
  for (const { name, partitions, overrides } of topics) {
    yield topicLine({ name, partitions: partitions.length, configs: { ...overrides } })
    const own = committed.filter(({ topic }) => topic === name)
    const positions = new CommittedPositions(own)
    for await (const record of readRecords(services, name)) {
      const { offset, ...line } = record.toJSON()
      positions.see(record.partition, offset)
      yield JSON.stringify(line)
    }
    offsets.push(...own.map(each => ({ ...each, offset: positions.of(each) })))
  }
  for (const [group, own] of Map.groupBy(offsets, each => each.group)) {
    yield groupLine({ group, offsets: own })
  }
}

/** Of all groups, by group, topic and partition. */
function committedOffsets({ groups }: Services): Committed[] {
  const ids = groups.list({ states: [], types: [] }).map(({ groupId }) => groupId)
  const all = ids.flatMap(group => groups.offsets.of(group))
  return all
    .map(({ group, topic, partition, offset, metadata }) => {
      return { group, topic, partition, offset, metadata }
    })
    .toSorted((a, b) => compared(a.group, b.group) || a.partition - b.partition)
}

const compared = (a: string, b: string): number => Number(a > b) - Number(a < b)
