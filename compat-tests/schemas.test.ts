/**
 * Every schema against Apache Kafka's own message definitions: field by field, version by version.
 * The definitions lie in the public kafka-clients jars. 4.3.1 has the newest versions; 3.9.1 still
 * has those that 4.0 removed (KIP-896), which older clients speak.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Api } from '../protocol/api.ts'
import type { Field } from '../protocol/schema.ts'
import { zeroUuid } from '../protocol/wire.ts'

/** The newer one first: it counts where both have a version. */
const releases = ['4.3.1', '3.9.1']

/** Older versions carry message formats v0 and v1, which are not spoken here. */
const firstVersions: Readonly<Record<string, number>> = { Produce: 3, Fetch: 4 }

interface JsonField {
  name: string
  type: string
  versions: string
  nullableVersions?: string
  taggedVersions?: string
  tag?: number
  default?: string | number
  fields?: JsonField[]
}

interface JsonMessage {
  apiKey: number
  validVersions: string
  flexibleVersions: string
  latestVersionUnstable?: boolean
  fields: JsonField[]
  commonStructs?: { name: string; fields: JsonField[] }[]
}

/** One field of one version, by the path to it; both sides are brought into this form. */
interface Line {
  path: string
  type: string
  nullable: boolean
  tag: number | undefined
  default: unknown
}

/** The definitions of one release, unpacked once for each machine. Undefined without Maven. */
function unpack(release: string): string | undefined {
  const cache = join(tmpdir(), 'odradek-kafka-messages')
  const directory = join(cache, release)
  const definitions = join(directory, 'common', 'message')
  if (existsSync(directory)) return definitions
  mkdirSync(cache, { recursive: true })
  const fresh = mkdtempSync(join(cache, 'unpacking-'))
  try {
    const command = [
      '--quiet',
      '--batch-mode',
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack',
      `-Dartifact=org.apache.kafka:kafka-clients:${release}`,
      `-DoutputDirectory=${fresh}`,
      '-Dmdep.unpack.includes=common/message/*.json',
    ]
    // Without a project, Maven leaves its marker files where it is started.
    execFileSync('mvn', command, { cwd: cache })
    // Another process may have been faster.
    if (!existsSync(directory)) renameSync(fresh, directory)
    return definitions
  } catch {
    return undefined
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function readMessage(directory: string, name: string): JsonMessage | undefined {
  const path = join(directory, `${name}.json`)
  if (!existsSync(path)) return undefined
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, '')) as JsonMessage
}

/** '3', '1-4' or '2+'; the empty range for none. */
function parseRange(text = 'none'): [number, number] {
  if (text === 'none') return [Infinity, -Infinity]
  if (text.endsWith('+')) return [Number(text.slice(0, -1)), Infinity]
  const [first, last = first] = text.split('-')
  return [Number(first), Number(last)]
}

function isIn(range: string | undefined, version: number): boolean {
  const [first, last] = parseRange(range)
  return version >= first && version <= last
}

function linesOfJson(message: JsonMessage, version: number): Line[] {
  const shared = new Map(message.commonStructs?.map(struct => [struct.name, struct.fields]))
  const walk = (fields: readonly JsonField[], path: string): Line[] =>
    fields.flatMap(field => {
      if (!isIn(field.versions, version)) return []
      const name = `${path}${field.name[0]!.toLowerCase()}${field.name.slice(1)}`
      const isArray = field.type.startsWith('[]')
      const element = isArray ? field.type.slice(2) : field.type
      const inner = field.fields ?? shared.get(element)
      const type = inner ? 'struct' : element
      const line: Line = {
        path: name,
        type: isArray ? `array of ${type}` : type,
        nullable: isIn(field.nullableVersions, version),
        tag: isIn(field.taggedVersions, version) ? field.tag : undefined,
        default: jsonDefault(field, isArray ? 'array' : type),
      }
      return inner ? [line, ...walk(inner, `${name}.`)] : [line]
    })
  return walk(message.fields, '')
}

function jsonDefault(field: JsonField, type: string): unknown {
  if (field.default === 'null') return null
  if (type === 'string') return field.default ?? ''
  if (type === 'bool') return field.default === 'true'
  if (type === 'uuid') return zeroUuid
  if (type === 'float64' || /^u?int/.test(type)) {
    const value = BigInt(field.default ?? 0)
    return value === 0x7fffffffffffffffn ? Infinity : Number(value)
  }
  return type === 'records' ? null : 'empty'
}

function linesOfSchema(message: Field, version: number): Line[] {
  const walk = (fields: Readonly<Record<string, Field>>, path: string): Line[] =>
    Object.entries(fields).flatMap(([key, { facts }]) => {
      if (version < facts.firstVersion || version > facts.lastVersion) return []
      const name = `${path}${key}`
      const type = typeOf(facts.element ?? { facts })
      const line: Line = {
        path: name,
        type: facts.element ? `array of ${type}` : type,
        nullable: version >= facts.nullableSince,
        tag: facts.tag,
        default: isPlain(facts.defaultValue) ? facts.defaultValue : 'empty',
      }
      const inner = facts.element?.facts.fields ?? facts.fields
      return inner ? [line, ...walk(inner, `${name}.`)] : [line]
    })
  return walk(message.facts.fields!, '')
}

/** In the definitions there is one type of records for both directions. */
function typeOf({ facts }: Pick<Field, 'facts'>): string {
  return facts.type === 'recordBatches' ? 'records' : facts.type
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

async function importApis(): Promise<Api[]> {
  const directory = new URL('../protocol/apis/', import.meta.url)
  const modules = await Promise.all(
    readdirSync(directory).map(
      file => import(new URL(file, directory).href) as Promise<Record<string, Api>>,
    ),
  )
  return modules.flatMap(module => Object.values(module))
}

const apis = await importApis()
const unpacked = releases.map(unpack)
const directories = unpacked.filter(directory => directory !== undefined)
const isMissing = directories.length < releases.length
const why = isMissing ? ' (skipped: Maven is not installed or cannot reach the jars)' : ''

describe.skipIf(isMissing)(
  `schemas are those of Apache Kafka ${releases.join(' and ')}${why}`,
  () => {
    test.each(apis)('$name', api => {
      const { key, name, versions, flexibleSince } = api
      const [request, response] = (['Request', 'Response'] as const).map(direction =>
        directories
          .map(directory => readMessage(directory, name + direction))
          .filter(message => message !== undefined),
      ) as [JsonMessage[], JsonMessage[]]

      const ranges = request.map(message => parseRange(message.validVersions))
      const unstable = request[0]!.latestVersionUnstable === true ? 1 : 0
      const first = firstVersions[name] ?? Math.min(...ranges.map(range => range[0]))
      const last = Math.max(...ranges.map(range => range[1])) - unstable
      expect([key, ...versions]).toEqual([request[0]!.apiKey, first, last])

      for (let version = first; version <= last; version++) {
        const isValid = (message: JsonMessage): boolean => isIn(message.validVersions, version)
        const kafkaRequest = request.find(isValid)!
        const kafkaResponse = response.find(isValid)!
        const isFlexible = flexibleSince !== null && version >= flexibleSince
        expect(isFlexible, `v${version}`).toBe(isIn(kafkaRequest.flexibleVersions, version))
        expect(linesOfSchema(api.request, version), `request v${version}`).toEqual(
          linesOfJson(kafkaRequest, version),
        )
        expect(linesOfSchema(api.response, version), `response v${version}`).toEqual(
          linesOfJson(kafkaResponse, version),
        )
      }
    })
  },
)
