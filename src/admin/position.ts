/** Where in a topic somebody begins to read, or a group goes on. */
import type { Partition } from '../partitions/partition.ts'
import { InvalidInput } from './invalid-input.ts'
import { isObject } from './json-value.ts'
import { timestampFromJson } from './record-json.ts'

/**
 * In a partition: its start or end, an offset, so many records before the end (-10), or the first
 * record at or after a time.
 */
export type Place = 'start' | 'end' | number | Date

/** The same, and a time as text: '@2026-11-21T10:00:00Z'. */
type PlaceInput = Place | `@${string}`

/**
 * A place in each partition, or one for each by its number; where there are several topics, by
 * name and number: `{ 'orders/0': 42 }`.
 */
export type Position = PlaceInput | Readonly<Record<string, PlaceInput>>

/** A position whose texts were read. */
export type CheckedPosition = Place | Readonly<Record<string, Place>>

const isoStart = /^@?[+-]?\d{4,6}-/

/**
 * The position that a value stands for; in text also `-10`, `42`, and `orders/0=42,orders/1=end`.
 * Throws InvalidInput.
 */
export function checkedPosition(value: unknown): CheckedPosition {
  if (typeof value === 'string' && value.includes('=')) return checkedPosition(entriesOf(value))
  if (!isObject(value) || value instanceof Date) return checkedPlace(value)
  return Object.fromEntries(
    Object.entries(value).map(([partition, place]) => [partition, checkedPlace(place)]),
  )
}

function entriesOf(text: string): Record<string, string> {
  const entries = text.split(',').map(entry => {
    const at = entry.indexOf('=')
    if (at > 0) return [entry.slice(0, at).trim(), entry.slice(at + 1).trim()] as const
    throw new InvalidInput(`'${entry}' names no partition: write orders/0=42`)
  })
  return Object.fromEntries(entries)
}

function checkedPlace(value: unknown): Place {
  if (value === 'start' || value === 'end') return value
  if (value instanceof Date) return checkedTime(value)
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return checkedPlace(Number(value))
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'string' && isoStart.test(value)) return timeOf(value.replace(/^@/, ''))
  const forms = "'start', 'end', an offset, -10 for the last 10, or '@2026-11-21T10:00:00Z'"
  throw new InvalidInput(`${JSON.stringify(value)} is no position: it is ${forms}`)
}

function timeOf(text: string): Date {
  return new Date(timestampFromJson(text)!)
}

function checkedTime(time: Date): Date {
  if (!Number.isNaN(time.getTime())) return time
  throw new InvalidInput('a position is an invalid Date')
}

/** What of a position is meant for a partition; undefined where others are named. */
export function placeIn(
  position: CheckedPosition,
  topic: string,
  partition: number,
): Place | undefined {
  if (typeof position !== 'object' || position instanceof Date) return position
  return position[`${topic}/${partition}`] ?? position[partition]
}

/** The offset of a place; at the end where there is nothing. Offsets beyond are brought inside. */
export async function offsetAt(
  partition: Pick<Partition, 'startOffset' | 'highWatermark' | 'offsetForTimestamp'>,
  place: Place,
): Promise<number> {
  const { startOffset, highWatermark } = partition
  if (place === 'start') return startOffset
  if (place === 'end') return highWatermark
  if (typeof place === 'number') {
    const offset = place < 0 ? highWatermark + place : place
    return Math.min(Math.max(offset, startOffset), highWatermark)
  }
  return (await partition.offsetForTimestamp(place.getTime()))?.offset ?? highWatermark
}
