/**
 * Every schema against Apache Kafka's own message definitions: field by field, version by version.
 * The definitions lie in the public kafka-clients jars. 4.3.1 has the newest versions; 3.9.1 still
 * has those that 4.0 removed (KIP-896), which older clients speak.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Field } from '../protocol/schema.ts'
import { zeroUuid } from '../protocol/wire.ts'
import { apis } from '../test/protocol/every-api.ts'
import { releases, skipped } from './codec/clients.ts'
import {
  isIn,
  readDefinitions,
  releasedRange,
  type Definitions,
  type JsonField,
  type JsonMessage,
} from './codec/definitions.ts'

/** Older versions carry message formats v0 and v1, which are not spoken here. */
const firstVersions: Readonly<Record<string, number>> = { Produce: 3, Fetch: 4 }

/** One field of one version, by the path to it; both sides are brought into this form. */
interface Line {
  path: string
  type: string
  nullable: boolean
  tag: number | undefined
  default: unknown
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
        default: jsonDefault(field, isArray ? 'array' : type, version),
      }
      return inner ? [line, ...walk(inner, `${name}.`)] : [line]
    })
  return walk(message.fields, '')
}

function jsonDefault(field: JsonField, type: string, version: number): unknown {
  if (field.default === 'null') return null
  if (type === 'string') return field.default ?? ''
  if (type === 'bool') return field.default === 'true'
  if (type === 'uuid') return zeroUuid
  if (type === 'float64' || /^u?int/.test(type)) {
    const value = BigInt(field.default ?? 0)
    return value === 0x7fffffffffffffffn ? Infinity : Number(value)
  }
  return type === 'records' && isIn(field.nullableVersions, version) ? null : 'empty'
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

let definitions: Definitions[]

beforeAll(async () => {
  if (skipped === '') definitions = await Promise.all(releases.map(readDefinitions))
})

describe.skipIf(skipped)(
  `schemas are those of Apache Kafka ${releases.join(' and ')}${skipped}`,
  () => {
    test('no API of the listener for clients is missing', () => {
      const served = [...definitions[0]!.values()].filter(
        ({ listeners, name }) => name.endsWith('Request') && listeners?.includes('broker'),
      )
      const keys = served.map(({ apiKey }) => apiKey).toSorted((a, b) => a - b)
      expect(keys.length).toBeGreaterThan(70)
      expect(apis.map(({ key }) => key)).toEqual(keys)
    })

    test.each(apis)('$name', api => {
      const { key, name, versions, flexibleSince } = api
      const [requests, responses] = ['Request', 'Response'].map(direction =>
        definitions.flatMap(messages => messages.get(name + direction) ?? []),
      ) as [JsonMessage[], JsonMessage[]]

      const ranges = requests.map(releasedRange)
      const first = firstVersions[name] ?? Math.min(...ranges.map(range => range[0]))
      const last = Math.max(...ranges.map(range => range[1]))
      expect([key, ...versions]).toEqual([requests[0]!.apiKey, first, last])

      for (let version = first; version <= last; version++) {
        const isValid = (message: JsonMessage): boolean => isIn(message.validVersions, version)
        const kafkaRequest = requests.find(isValid)!
        const kafkaResponse = responses.find(isValid)!
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
