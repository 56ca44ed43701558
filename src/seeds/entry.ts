/** What a line of a seed or an export says, as JSON: docs/seeds.md has the forms. Pure. */
import { InvalidInput } from '../admin/invalid-input.ts'
import { isObject, kindOf } from '../admin/json-value.ts'
import { recordFromJson, type RecordInput } from '../admin/record-json.ts'
import { nearestName } from '../config/nearest-name.ts'

export interface TopicEntry {
  kind: 'topic'
  name: string
  /** Undefined where the broker's configs say it. */
  partitions: number | undefined
  replicationFactor: number | undefined
  configs: Record<string, string>
}

interface RecordEntry {
  kind: 'record'
  topic: string
  record: RecordInput
}

export interface GroupEntry {
  kind: 'group'
  group: string
  offsets: GroupOffset[]
}

export interface GroupOffset {
  topic: string
  partition: number
  /** How many records of the partition the group is done with, of those in the file. */
  offset: number
  metadata: string
}

/** A user of SCRAM. */
export interface UserEntry {
  kind: 'user'
  name: string
  password: Password
  /** By name; all, if it is not given. */
  mechanisms: string[] | undefined
}

/** As text, or where to find it. */
export type Password = string | { env: string } | { file: string }

interface FaultEntry {
  kind: 'fault'
  /** As `Faults.add` takes and checks it. */
  spec: unknown
}

export type SeedEntry = TopicEntry | RecordEntry | GroupEntry | UserEntry | FaultEntry

type Fields = Readonly<Record<string, unknown>>

/** By the field that tells what it is; a topic with a value is a record. */
const readers: readonly [field: string, read: (fields: Fields) => SeedEntry][] = [
  ['fault', readFault],
  ['group', readGroup],
  ['user', readUser],
  ['subject', refuseSubject],
  ['topic', fields => (recordFields.some(name => name in fields) ? readRecord : readTopic)(fields)],
]

/** Of them, a topic has none. */
const recordFields = ['value', 'key', 'headers', 'timestamp', 'partition']

/** Throws InvalidInput. */
export function entryFromJson(json: unknown): SeedEntry {
  if (!isObject(json)) throw new InvalidInput(`an entry is an object, not ${kindOf(json)}`)
  const read = readers.find(([field]) => field in json)?.[1]
  if (read !== undefined) return read(json)
  const names = readers.map(([field]) => field)
  const given = Object.keys(json)[0] ?? ''
  const nearest = nearestName(given, names)
  const hint = nearest === undefined ? '' : `; ${JSON.stringify(given)}: is "${nearest}" meant?`
  throw new InvalidInput(`an entry has "topic", "group", "user" or "fault"${hint}`)
}

function readRecord(fields: Fields): SeedEntry {
  return { kind: 'record', topic: named(fields, 'topic'), record: recordFromJson(fields) }
}

function readTopic(fields: Fields): SeedEntry {
  checkFields(fields, ['topic', 'partitions', 'replicationFactor', 'config'])
  return {
    kind: 'topic',
    name: named(fields, 'topic'),
    partitions: count(fields, 'partitions'),
    replicationFactor: count(fields, 'replicationFactor'),
    configs: configsOf(fields.config),
  }
}

function configsOf(config: unknown): Record<string, string> {
  if (config === undefined || config === null) return {}
  if (!isObject(config)) {
    throw new InvalidInput(`config is an object of Kafka's topic configs, not ${kindOf(config)}`)
  }
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.join(',')]
      if (['string', 'number', 'boolean'].includes(typeof value)) return [name, String(value)]
      throw new InvalidInput(`config ${name} is ${kindOf(value)}, not a text or a number`)
    }),
  )
}

function readGroup(fields: Fields): SeedEntry {
  checkFields(fields, ['group', 'offsets'])
  const { offsets } = fields
  if (!isObject(offsets)) {
    throw new InvalidInput(`offsets are as in {"orders": [3, 0, 1]}, not ${kindOf(offsets)}`)
  }
  const each = Object.entries(offsets).flatMap(([topic, byPartition]) => {
    if (!Array.isArray(byPartition) && !isObject(byPartition)) {
      const hint = 'a number for each partition: [3, 0, 1], or {"0": 3}'
      throw new InvalidInput(`offsets of ${topic} are ${kindOf(byPartition)}, not ${hint}`)
    }
    return Object.entries(byPartition).flatMap(([partition, offset]) =>
      offset === null ? [] : [offsetOf(topic, partition, offset)],
    )
  })
  return { kind: 'group', group: named(fields, 'group'), offsets: each }
}

function offsetOf(topic: string, partition: string, json: unknown): GroupOffset {
  const where = `offset of ${topic}/${partition}`
  if (!/^\d{1,9}$/.test(partition)) throw new InvalidInput(`${where}: a partition is a number`)
  const { offset, metadata = '' } = isObject(json) ? json : { offset: json }
  if (!isCount(offset)) {
    throw new InvalidInput(`${where} is a number from 0 on, not ${JSON.stringify(offset)}`)
  }
  if (typeof metadata !== 'string') {
    throw new InvalidInput(`metadata of the ${where} is a text, not ${kindOf(metadata)}`)
  }
  return { topic, partition: Number(partition), offset, metadata }
}

function readUser(fields: Fields): SeedEntry {
  checkFields(fields, ['user', 'password', 'mechanisms'])
  const { mechanisms } = fields
  const isList = Array.isArray(mechanisms) && mechanisms.every(each => typeof each === 'string')
  if (mechanisms !== undefined && !isList) {
    throw new InvalidInput('mechanisms are as in ["SCRAM-SHA-256", "SCRAM-SHA-512"]')
  }
  return {
    kind: 'user',
    name: named(fields, 'user'),
    password: passwordOf(fields.password),
    mechanisms,
  }
}

function passwordOf(json: unknown): Password {
  if (typeof json === 'string' && json !== '') return json
  if (isObject(json) && Object.keys(json).length === 1) {
    if (typeof json.$env === 'string') return { env: json.$env }
    if (typeof json.$file === 'string') return { file: json.$file }
  }
  throw new InvalidInput('password is a text, {"$env": "NAME"} or {"$file": "path"}')
}

function readFault(fields: Fields): SeedEntry {
  checkFields(fields, ['fault'])
  return { kind: 'fault', spec: fields.fault }
}

function refuseSubject(): never {
  throw new InvalidInput(
    '"subject": there is no schema registry yet: leave the line out, and give values that a' +
      ' registry would encode as {"$base64": "…"}',
  )
}

function named(fields: Fields, field: string): string {
  const name = fields[field]
  if (typeof name === 'string' && name !== '') return name
  throw new InvalidInput(`${field} is a name, not ${JSON.stringify(name)}`)
}

function count(fields: Fields, field: string): number | undefined {
  const value = fields[field]
  if (value === undefined || value === null) return undefined
  if (isCount(value) && value > 0) return value
  throw new InvalidInput(`${field} is a number from 1 on, not ${JSON.stringify(value)}`)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function checkFields(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find(name => !known.includes(name))
  if (unknown === undefined) return
  const what = `a line with "${known[0]}" has no field ${JSON.stringify(unknown)}`
  throw new InvalidInput(`${what}; it has ${known.join(', ')}`)
}
