/**
 * Values for the fields of any schema, drawn from few: so that requests meet the topics, groups and
 * members that there are, and each other, and what they leave behind is bounded.
 */
import type { Field, FieldFacts } from '../../protocol/schema.ts'
import type { Dice } from '../simulation/dice.ts'
import { payloadOf } from './payloads.ts'

/** In the place of ids that only the broker under test knows; see `withTopicIds`. */
const placeholders = [Buffer.from('fuzz: topic id 0'), Buffer.from('fuzz: topic id 1')]
export const topicNames = ['fuzz-0', 'fuzz-1'] as const

const newTopic = { numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }

/** The batches of one are opened, to look at their keys and to be compressed. */
export const newTopics = [
  { ...newTopic, name: topicNames[0] },
  {
    ...newTopic,
    name: topicNames[1],
    configs: [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'compression.type', value: 'gzip' },
    ],
  },
]

const names: readonly string[] = [
  ...topicNames,
  ...topicNames,
  'fuzz-2',
  'group',
  'group',
  'member',
  'transaction',
  'client',
  'consumer',
  'range',
  'uniform',
  'PLAIN',
  'SCRAM-SHA-256',
  'OAUTHBEARER',
  'User:alice',
  'User:*',
  '*',
  '0',
  '1',
  'retention.ms',
  'cleanup.policy',
  'log.retention.ms',
  'compact',
  'transaction.version',
  'producer_byte_rate',
  'fuzz.*|(a|b)*c',
  '(((((a{1000}){1000}){1000}',
  '__consumer_offsets',
  '__transaction_state',
  '__proto__',
  'constructor',
  'toString',
  '',
  '.',
  '../..',
  'a/b',
  'line\r\nfeed\u0000\u001b[2J',
  'ü\u{1f525}\uffff',
  'x'.repeat(249),
  'x'.repeat(300),
]

const numbers: readonly number[] = [-3, -2, -1, -1, 0, 0, 0, 1, 1, 1, 2, 3, 5, 100, 5000, 30_000]
const smallestCounts = [0, 1, 1, 1, 2, 3]

type Range = readonly [min: number, max: number]

const ranges: Readonly<Record<string, Range>> = {
  int8: [-0x80, 0x7f],
  int16: [-0x8000, 0x7fff],
  uint16: [0, 0xffff],
  int32: [-0x80000000, 0x7fffffff],
  uint32: [0, 0xffffffff],
  int64: [-Infinity, Infinity],
}

/** A value for a field of this name, as encoding a version of the schema takes it. */
export function sampleOf({ facts }: Field, version: number, dice: Dice, name = ''): unknown {
  if (version < facts.firstVersion || version > facts.lastVersion) return facts.defaultValue
  if (version >= facts.nullableSince && dice.chance(0.2)) return null
  const range = ranges[facts.type]
  if (range !== undefined) return numberIn(range, dice)
  return otherSample(facts, version, dice, name)
}

function otherSample(facts: FieldFacts, version: number, dice: Dice, name: string): unknown {
  switch (facts.type) {
    case 'struct': {
      const fields = Object.entries(facts.fields!)
      const sample = fields.map(([key, field]) => [key, sampleOf(field, version, dice, key)])
      return Object.fromEntries(sample)
    }
    case 'array':
      return Array.from({ length: dice.pick(smallestCounts) }, () =>
        sampleOf(facts.element!, version, dice, name),
      )
    case 'bool':
      return dice.chance(0.5)
    case 'string':
      return dice.pick(names)
    case 'uuid':
      return idBytes(dice).toString('base64url')
    case 'float64':
      return dice.pick([0, 1, -1, 1e308, NaN, Infinity, 0.1])
    case 'recordBatches':
      return [payloadOf('records', dice)]
    default:
      return payloadOf(facts.type === 'records' ? 'records' : name, dice)
  }
}

function numberIn([min, max]: Range, dice: Dice): number {
  if (dice.chance(0.1)) return dice.pick([min, max])
  return Math.max(min, Math.min(max, dice.pick(numbers)))
}

function idBytes(dice: Dice): Buffer {
  return dice.chance(0.7) ? dice.pick(placeholders) : Buffer.alloc(16, dice.below(3))
}

/** The bytes with the topics' ids in the places that were kept for them. */
export function withTopicIds(bytes: Buffer, ids: readonly Buffer[]): Buffer {
  const result = Buffer.from(bytes)
  placeholders.forEach((placeholder, i) => {
    for (let at = result.indexOf(placeholder); at >= 0; at = result.indexOf(placeholder, at)) {
      ids[i]!.copy(result, at)
    }
  })
  return result
}
