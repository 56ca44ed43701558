import type { Services } from '../handler.ts'
import type { Partition } from '../partitions/partition.ts'
import { ExpectationFailed } from './failures.ts'
import { TopicReader, type Isolation, type ReadOptions } from './read.ts'
import type { TopicRecord } from './topic-record.ts'
import { timeoutOf, untilText, Watch, type WaitEnd, type WaitOptions } from './watch.ts'

export interface ExpectOptions extends ReadOptions, WaitOptions {
  /** How many; 1 if it is not given. */
  count?: number
  /** Which of them; all if it is not given. */
  where?: (record: TopicRecord) => boolean
}

/**
 * Resolves with the first `count` records of a topic that match, as soon as they are there; the
 * topic need not exist yet. Rejects with ExpectationFailed at the timeout, and when the broker is
 * reset or closed meanwhile; with what `where` throws; and with InvalidInput for a position that
 * is none.
 */
export async function expectRecords(
  services: Services,
  topic: string,
  options: ExpectOptions = {},
): Promise<TopicRecord[]> {
  const { count = 1, where = () => true, isolation, signal } = options
  const timeoutMs = timeoutOf(options)
  const matching: TopicRecord[] = []
  const others = new Others()
  if (count <= 0) return matching
  using watch = new Watch(services, partitionsOf(services, topic), { timeoutMs, signal })
  const reader = await TopicReader.open(services, topic, options)
  for (;;) {
    watch.begin()
    const { end } = watch
    for await (const record of reader.read(services)) {
      if (!where(record)) others.add(record)
      else if (matching.push(record) === count) return matching
    }
    if (end !== undefined) {
      const facts = { topic, count, matching, others, end, timeoutMs, isolation, signal }
      throw failure(facts, services)
    }
    await watch.wait()
  }
}

/** The records of a topic, and what comes until the signal is aborted or the broker is closed. */
export async function* followRecords(
  services: Services,
  topic: string,
  options: ReadOptions & { signal?: AbortSignal } = {},
): AsyncGenerator<TopicRecord, void> {
  using watch = new Watch(services, partitionsOf(services, topic), { signal: options.signal })
  const reader = await TopicReader.open(services, topic, options)
  for (;;) {
    watch.begin()
    if (watch.end !== undefined) return
    yield* reader.read(services)
    await watch.wait()
  }
}

/** For a `Watch`: those that the topic has just now. */
export function partitionsOf({ topics }: Services, name: string): () => readonly Partition[] {
  return () => topics.get(name)?.partitions ?? []
}

/** What did not match: how many there were, and the last of them. */
interface Unmatched {
  readonly count: number
  readonly kept: readonly TopicRecord[]
}

class Others implements Unmatched {
  count = 0
  readonly kept: TopicRecord[] = []

  add(record: TopicRecord): void {
    this.count++
    if (this.kept.push(record) > keptRecords) this.kept.shift()
  }
}

const keptRecords = 100
const shownRecords = 10
const shownCharacters = 120
const shownNames = 20

interface Failure {
  topic: string
  count: number
  matching: readonly TopicRecord[]
  others: Unmatched
  end: WaitEnd
  timeoutMs: number
  isolation: Isolation | undefined
  signal?: AbortSignal | undefined
}

/** What to throw when the wait is over. */
export function failure(facts: Failure, services: Services): unknown {
  const { matching, others, end, signal } = facts
  if (end === 'aborted') return signal!.reason
  const lines = [summary(facts), ...others.kept.slice(-shownRecords).map(lineOf)]
  const hint = hintOf(facts, services)
  if (hint !== undefined) lines.push(hint)
  return new ExpectationFailed(lines.join('\n'), matching, others.kept.slice(-keptRecords))
}

function summary({ topic, count, matching, others, end, timeoutMs }: Failure): string {
  const came = `${matching.length} of ${count} matching records came`
  const missed = `topic '${topic}': ${came} ${untilText(end, timeoutMs)}`
  if (others.count === 0) return `${missed}, and no others`
  const shown = Math.min(others.count, shownRecords)
  const last = shown < others.count ? `; the last ${shown} of them` : ''
  return `${missed}, and ${others.count} that did not match${last}:`
}

function lineOf({ partition, offset, key, value, headers }: TopicRecord): string {
  const parts = [`  partition ${partition}, offset ${offset}:`]
  if (key !== null) parts.push(`key ${JSON.stringify(key)}`)
  parts.push(value === null ? 'tombstone' : `value ${shortened(value)}`)
  if (Object.keys(headers).length > 0) parts.push(`headers ${shortened(JSON.stringify(headers))}`)
  return parts.join(' ')
}

function listText(names: readonly string[]): string {
  const shown = names.slice(0, shownNames)
  return [...shown, ...(names.length > shown.length ? ['…'] : [])].join(', ')
}

function shortened(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

/** Why nothing may have come. */
function hintOf({ topic: name, isolation }: Failure, { topics }: Services): string | undefined {
  const topic = topics.get(name)
  if (topic === undefined) {
    const others = topics.all().map(each => each.name)
    const there = others.length === 0 ? 'there are no topics' : `there are ${listText(others)}`
    return `There is no topic '${name}': ${there}.`
  }
  if (isolation === 'read_uncommitted') return undefined
  const open = topic.partitions.filter(each => each.lastStableOffset < each.highWatermark)
  if (open.length === 0) return undefined
  const where = open.map(({ index, lastStableOffset }) => `${index} at ${lastStableOffset}`)
  return (
    `A transaction is open in partition ${where.join(', ')}: what follows is not committed` +
    " (isolation: 'read_uncommitted' shows it)."
  )
}
