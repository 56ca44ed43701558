/** What `consume` and `tail` are asked to read: from the options, checked. */
import type { Place } from '../client/places.ts'
import { Failure } from './failure.ts'
import { timeOf } from './times.ts'

export interface PlanOptions {
  readonly partition?: readonly number[]
  readonly count?: number
  readonly last?: number
  readonly since?: string
  readonly until?: string
  readonly exit?: true
  readonly offset?: readonly string[]
  readonly group?: string
}

export interface ReadPlan {
  /** Undefined for all. */
  readonly partitions: readonly number[] | undefined
  readonly start: Place
  /** Of each topic, so many of its latest records first. */
  readonly last: number | undefined
  /** Records from this time on are not wanted; milliseconds since the epoch. */
  readonly untilMs: number | undefined
  /** Ends at what is the end now. */
  readonly exits: boolean
  readonly count: number | undefined
}

/** Throws a Failure. */
export function planOf(options: PlanOptions, usual: Place, nowMs: number): ReadPlan {
  const { partition, count, last, since, until, exit, offset = [], group } = options
  const places = [last, since, offset.find(each => !each.startsWith('e@'))]
  if (places.filter(each => each !== undefined).length > 1) {
    throw new Failure('only one of --last, --since and -o can say where to begin', 2)
  }
  if (group !== undefined && (partition !== undefined || last !== undefined)) {
    throw new Failure('--group has the partitions that it gets: leave -p and --last out', 2)
  }
  let start: Place = since === undefined ? usual : { timestampMs: timeOf('--since', since, nowMs) }
  let untilMs = until === undefined ? undefined : timeOf('--until', until, nowMs)
  for (const text of offset) {
    if (text.startsWith('e@')) untilMs = timeOf('-o', text.slice(2), nowMs)
    else start = placeOf(text, nowMs, group)
  }
  const exits = exit === true || (untilMs !== undefined && untilMs <= nowMs)
  return { partitions: partition, start, last, untilMs, exits, count }
}

/** kcat's offsets. */
function placeOf(text: string, nowMs: number, group: string | undefined): Place {
  if (['start', 'beginning', 'earliest'].includes(text)) return 'start'
  if (['end', 'latest'].includes(text)) return 'end'
  if (/^-\d{1,15}$/.test(text)) return { last: Number(text.slice(1)) }
  if (/^\d{1,15}$/.test(text)) return { offset: Number(text) }
  if (/^s?@/.test(text)) return { timestampMs: timeOf('-o', text.replace(/^s?@/, ''), nowMs) }
  if (text === 'stored') {
    // A group always goes on where it has committed.
    if (group !== undefined) return 'start'
    throw new Failure('-o stored needs --group, which has stored offsets', 2)
  }
  throw new Failure(
    `-o ${text}: not an offset; write start, end, 42, -10 (before the end), s@TIME or e@TIME`,
    2,
  )
}
