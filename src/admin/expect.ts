import type { Services } from '../handler.ts'
import { Arrivals, type WaitEnd } from './arrivals.ts'
import { TopicReader, type ReadOptions } from './read.ts'
import type { TopicRecord } from './topic-record.ts'

export interface WaitOptions {
  /** Milliseconds of real time, whatever the broker's clock says; 4000 if it is not given. */
  timeout?: number
  /** Gives up with the signal's reason. */
  signal?: AbortSignal
}

export interface ExpectOptions extends ReadOptions, WaitOptions {
  /** How many; 1 if it is not given. */
  count?: number
  /** Which of them; all if it is not given. */
  where?: (record: TopicRecord) => boolean
}

/** Less than test runners wait for a test, so that it fails with what we have to say. */
export const defaultTimeoutMs = 4000

/** What was waited for has not come in time. The message lists what came instead. */
export class ExpectationFailed extends Error {
  override readonly name = 'ExpectationFailed'
  /** What has come and did match, in its order. */
  readonly matching: readonly TopicRecord[]
  /** The last 100 that did not match, in their order. */
  readonly seen: readonly TopicRecord[]

  constructor(message: string, matching: readonly TopicRecord[], seen: readonly TopicRecord[]) {
    super(message)
    this.matching = matching
    this.seen = seen
  }
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
  { count = 1, where = () => true, timeout = defaultTimeoutMs, ...options }: ExpectOptions = {},
): Promise<TopicRecord[]> {
  const matching: TopicRecord[] = []
  const others = new Others()
  if (count <= 0) return matching
  using arrivals = new Arrivals(services, topic, { timeout, signal: options.signal })
  const reader = await TopicReader.open(services, topic, options)
  for (;;) {
    arrivals.begin()
    const { end } = arrivals
    for await (const record of reader.read(services)) {
      if (!where(record)) others.add(record)
      else if (matching.push(record) === count) return matching
    }
    if (end !== undefined) {
      throw failure({ topic, count, matching, others, end, timeout, ...options }, services)
    }
    await arrivals.wait()
  }
}

/** The records of a topic, and what comes until the signal is aborted or the broker is closed. */
export async function* followRecords(
  services: Services,
  topic: string,
  options: ReadOptions & { signal?: AbortSignal } = {},
): AsyncGenerator<TopicRecord, void> {
  using arrivals = new Arrivals(services, topic, { signal: options.signal })
  const reader = await TopicReader.open(services, topic, options)
  for (;;) {
    arrivals.begin()
    if (arrivals.end !== undefined) return
    yield* reader.read(services)
    await arrivals.wait()
  }
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

interface Failure extends ReadOptions {
  topic: string
  count: number
  matching: readonly TopicRecord[]
  others: Unmatched
  end: WaitEnd
  timeout: number
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

function summary({ topic, count, matching, others, end, timeout }: Failure): string {
  const until = end === 'timeout' ? `in ${timeout} ms` : 'before the broker was reset or closed'
  const missed = `topic '${topic}': ${matching.length} of ${count} matching records came ${until}`
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

function shortened(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text
}

/** Why nothing may have come. */
function hintOf({ topic: name, isolation }: Failure, { topics }: Services): string | undefined {
  const topic = topics.get(name)
  if (topic === undefined) {
    const others = topics.all().map(each => each.name)
    const there = others.length === 0 ? 'there are no topics' : `there are ${others.join(', ')}`
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
