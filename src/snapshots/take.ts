import { KafkaError } from '../../protocol/errors.ts'
import { batchesIn, lastOffset } from '../../protocol/record-batch.ts'
import type { TopicRow } from '../../storage/metadata-store.ts'
import type { Services } from '../handler.ts'
import type { Partition } from '../partitions/partition.ts'
import type { Topic } from '../topics.ts'
import { version } from '../version.ts'
import { encodeBlock, encodeStart } from './format.ts'

/** What is read at once of a log, and one block of the snapshot. */
const readBytes = 1024 * 1024
const rowsPerBlock = 1000

/** Of a log whose batches follow. */
export interface LogFacts {
  topicId: string
  partition: number
  startOffset: number
  endOffset: number
}

type Source = Pick<Services, 'clock' | 'metadataLog' | 'topics'>

interface Log extends LogFacts {
  topic: Topic
  log: Partition
}

/**
 * All that the broker knows at the moment of the call, as the chunks of a file; who writes
 * meanwhile is not held up, and does not change it. The chunks end with a KafkaError or a
 * StorageError when a topic is deleted before it was read, or is offline.
 */
export function takeSnapshot({ clock, metadataLog, topics }: Source): AsyncGenerator<Buffer> {
  // Rows and the ends of logs in one step: what a crash would leave now.
  const rows = metadataLog.rows().filter(({ kind, key, text }) => {
    return kind !== 'topic' || topics.get(key)?.id === (JSON.parse(text) as TopicRow).id
  })
  const logs = topics.all().flatMap(topic =>
    topic.partitions.map((log): Log => {
      const { index: partition, startOffset, endOffset } = log
      return { topicId: topic.id, partition, startOffset, endOffset, topic, log }
    }),
  )
  const facts = { createdBy: `odradek ${version}`, takenAt: new Date(clock.now()).toISOString() }
  return chunks(facts, rows, logs)
}

async function* chunks(
  facts: object,
  rows: readonly unknown[],
  logs: readonly Log[],
): AsyncGenerator<Buffer> {
  yield encodeStart()
  yield json('facts', facts)
  for (let at = 0; at < rows.length; at += rowsPerBlock) {
    yield json('rows', rows.slice(at, at + rowsPerBlock))
  }
  for (const { topic, log, ...range } of logs) {
    if (range.startOffset === 0 && range.endOffset === 0) continue
    yield json('log', range)
    yield* batches(topic, log, range)
  }
  yield encodeBlock({ type: 'end', content: Buffer.alloc(0) })
}

function json(type: 'facts' | 'rows' | 'log', value: unknown): Buffer {
  return encodeBlock({ type, content: Buffer.from(JSON.stringify(value)) })
}

async function* batches(
  topic: Topic,
  log: Partition,
  { startOffset, endOffset }: LogFacts,
): AsyncGenerator<Buffer> {
  await durable(log, endOffset)
  let from = startOffset
  for (;;) {
    // Retention may have taken what was not read yet, as it would have a moment before.
    from = Math.max(from, log.startOffset)
    if (from >= endOffset) return
    const read = await readAt(topic, log, from, endOffset)
    if (read === undefined) continue
    if (read.length === 0) return
    const content = Buffer.concat(read)
    yield encodeBlock({ type: 'batches', content })
    for (const at of batchesIn(content)) from = lastOffset(content, at) + 1
  }
}

/** Undefined when the start has moved past the offset. */
async function readAt(topic: Topic, log: Partition, from: number, limit: number) {
  try {
    return await log.read(from, readBytes, limit)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    if (error.error === 'OFFSET_OUT_OF_RANGE') return undefined
    const reason = `topic '${topic.name}' was deleted before it was read: take the snapshot again`
    throw new KafkaError(error.error, reason)
  }
}

async function durable(log: Partition, endOffset: number): Promise<void> {
  while (log.highWatermark < endOffset) {
    if (log.failure) throw log.failure
    await new Promise<void>(resolve => {
      const waiter = log.onWake(() => {
        waiter.cancel()
        resolve()
      })
    })
  }
}
