/**
 * Apache Kafka's message definitions, as they lie in the public kafka-clients jars
 * (common/message/*.json).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchClients } from './clients.ts'

export interface JsonField {
  name: string
  type: string
  versions: string
  nullableVersions?: string
  taggedVersions?: string
  tag?: number
  default?: string | number
  fields?: JsonField[]
}

export interface JsonMessage {
  apiKey: number
  name: string
  /** Of a request: where it is served. */
  listeners?: string[]
  validVersions: string
  flexibleVersions: string
  latestVersionUnstable?: boolean
  fields: JsonField[]
  commonStructs?: { name: string; fields: JsonField[] }[]
}

export type Definitions = ReadonlyMap<string, JsonMessage>

/** The definitions of one release, by name. */
export async function readDefinitions(release: string): Promise<Definitions> {
  const directory = join(await fetchClients(release), 'common', 'message')
  const messages = readdirSync(directory)
    .filter(file => /Re(quest|sponse)\.json$/.test(file))
    .map(file => readFileSync(join(directory, file), 'utf8').replace(/^\s*\/\/.*$/gm, ''))
    .map(text => JSON.parse(firstValue(text)) as JsonMessage)
  return new Map(messages.map(message => [message.name, message]))
}

/** A file of 2.8 has brackets too many at its end, which Kafka's own parser does not look at. */
function firstValue(text: string): string {
  let depth = 0
  for (const { index, 0: sign } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/g)) {
    if (sign === '{') depth++
    if (sign === '}' && --depth === 0) return text.slice(0, index + 1)
  }
  return text
}

/** The empty range. */
export const noVersions: readonly [number, number] = [Infinity, -Infinity]

/** First and last released version; the empty range for none. */
export function releasedRange({
  validVersions,
  latestVersionUnstable,
}: JsonMessage): readonly [number, number] {
  const [first, last] = parseRange(validVersions)
  const released = latestVersionUnstable === true ? last - 1 : last
  return released < first ? noVersions : [first, released]
}

/** '3', '1-4' or '2+'; the empty range for none. */
function parseRange(text = 'none'): readonly [number, number] {
  if (text === 'none') return noVersions
  if (text.endsWith('+')) return [Number(text.slice(0, -1)), Infinity]
  const [first, last = first] = text.split('-')
  return [Number(first), Number(last)]
}

export function isIn(range: string | undefined, version: number): boolean {
  const [first, last] = parseRange(range)
  return version >= first && version <= last
}
