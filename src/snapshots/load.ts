import { baseOffset, batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import type { Change, Rows, StoredRow, TopicRow } from '../../storage/metadata-store.ts'
import type { PartitionLog } from '../../storage/partition-log.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { Clock } from '../clock.ts'
import { topicConfig, type Config } from '../config.ts'
import type { Random } from '../random.ts'
import type { Storage } from '../state.ts'
import { copiedRows, replacing, withNewTopicIds } from './copied-rows.ts'
import { decodeBlocks, type Block } from './format.ts'
import type { LogFacts } from './take.ts'

/** The bytes of a snapshot, whole or in chunks. */
export type SnapshotSource = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface LoadOptions extends Storage {
  config: Config
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'id'>
}

/** A snapshot whose logs are stored, and whose rows are not yet. */
export interface LoadedSnapshot {
  /** Puts the rows in the place of those that are stored, at one stroke. */
  changes(stored: readonly StoredRow[]): Change[]
}

/**
 * Stores the logs of a snapshot beside those that are there, under other topic ids. A crash before
 * `changes` are committed leaves no trace of them: the next start deletes their data. Throws
 * InvalidInput for what is no whole snapshot, and then nothing of it is left.
 */
export async function loadSnapshot(
  source: SnapshotSource,
  options: LoadOptions,
): Promise<LoadedSnapshot> {
  const blocks = decodeBlocks(source instanceof Uint8Array ? [source] : source)
  const stored: StoredRow[] = []
  let block = await blocks.next()
  for (; block.done !== true; block = await blocks.next()) {
    if (block.value.type === 'log') break
    if (block.value.type === 'rows') stored.push(...(json(block.value) as StoredRow[]))
  }
  const rows = copiedRows(stored, options.clock.now())
  const renamed = withNewTopicIds(rows, () => options.random.id())
  const topicIds = [...renamed.ids.values()]
  const guards = topicIds.map((key): Change => ({ kind: 'deletedTopic', key, value: {} }))
  const unguarded = topicIds.map((key): Change => ({ kind: 'deletedTopic', key, value: null }))
  await options.metadata.commit(guards)
  try {
    const topics = topicsOf(rows, renamed.ids)
    let log: LogWriter | undefined
    for (; block.done !== true; block = await blocks.next()) {
      if (block.value.type === 'log') {
        await log?.close()
        log = await LogWriter.open(json(block.value) as LogFacts, topics, options)
      } else await log?.append(block.value.content)
    }
    await log?.close()
  } catch (error) {
    for (const id of topicIds) await options.logs.delete(id)
    await options.metadata.commit(unguarded)
    throw error
  }
  return { changes: before => [...replacing(before, renamed.rows), ...unguarded] }
}

function json({ content }: Block): unknown {
  return JSON.parse(content.toString())
}

interface CopiedTopic {
  name: string
  newId: string
  configs: Rows['topic']['configs']
}

/** By the id that they had. */
function topicsOf(rows: readonly StoredRow[], ids: ReadonlyMap<string, string>) {
  return new Map(
    rows
      .filter(({ kind }) => kind === 'topic')
      .map(({ key: name, text }): [string, CopiedTopic] => {
        const { id, configs } = JSON.parse(text) as TopicRow
        return [id, { name, newId: ids.get(id)!, configs }]
      }),
  )
}

/** Gives batches the offsets that they had: what is missing in between is in batches of nothing. */
class LogWriter {
  readonly #log: PartitionLog
  readonly #facts: LogFacts

  private constructor(log: PartitionLog, facts: LogFacts) {
    this.#log = log
    this.#facts = facts
  }

  static async open(
    facts: LogFacts,
    topics: ReadonlyMap<string, CopiedTopic>,
    { logs, config }: LoadOptions,
  ): Promise<LogWriter> {
    const topic = topics.get(facts.topicId)
    if (topic === undefined) throw new InvalidInput(`the snapshot has no topic ${facts.topicId}`)
    const { name, newId: topicId, configs } = topic
    const id = { topic: name, topicId, partition: facts.partition }
    const { log } = await logs.open(id, topicConfig(configs, config))
    return new LogWriter(log, facts)
  }

  async append(content: Buffer): Promise<void> {
    const parts: Buffer[] = []
    let next = this.#log.endOffset
    for (const at of batchesIn(content)) {
      parts.push(...nothing(next, baseOffset(content, at)))
      parts.push(content.subarray(at, at + batchSize(content, at)))
      next = lastOffset(content, at) + 1
    }
    if (parts.length > 0) await this.#log.append(Buffer.concat(parts), 'durable')
  }

  async close(): Promise<void> {
    const { startOffset, endOffset } = this.#facts
    const rest = nothing(this.#log.endOffset, endOffset)
    if (rest.length > 0) await this.#log.append(Buffer.concat(rest), 'durable')
    await this.#log.trim(startOffset)
    await this.#log.close()
  }
}

/** What a batch can span, with a margin for those who add to it. */
const maxSpan = 2 ** 30

function nothing(from: number, to: number): Buffer[] {
  const batches: Buffer[] = []
  for (let next = from; next < to; next += maxSpan) {
    const lastOffsetDelta = Math.min(to - next, maxSpan) - 1
    batches.push(encodeBatch({ records: [], lastOffsetDelta }))
  }
  return batches
}
