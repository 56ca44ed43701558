/** Where the records of `odradek produce` come from: arguments, lines, JSON lines, a file. */
import { parseJson } from '../admin/json-value.ts'
import { recordFromJson, type RecordInput } from '../admin/record-json.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { RecordHeader } from '../../protocol/record-reader.ts'
import { unescaped } from './escapes.ts'
import { Failure } from './failure.ts'
import { readLines, readWhole } from './input.ts'
import { filled } from './template.ts'

export interface InputOptions {
  readonly key?: string
  readonly header?: readonly string[]
  readonly partition?: number
  readonly keyDelimiter?: string
  readonly jsonl?: true
  readonly null?: true
  readonly file?: string
  readonly count?: number
}

/** Records in groups, as they come. Throws a Failure. */
export async function* inputRecords(
  topic: string,
  value: string | undefined,
  options: InputOptions,
): AsyncGenerator<RecordInput[], void> {
  checkTogether(value, options)
  if (options.jsonl) {
    yield* jsonRecords(topic, options.file ?? '-')
  } else if (options.file !== undefined) {
    const bytes = await readWhole(options.file)
    yield* repeated(options, () => bytes)
  } else if (value === undefined && !options.null) {
    yield* lineRecords(options)
  } else if (value === undefined && options.key === undefined) {
    // As kcat's -Z: empty keys and values of lines are null.
    yield* lineRecords(options)
  } else {
    yield* repeated(options, i => (value === undefined ? null : Buffer.from(filled(value, i))))
  }
}

function checkTogether(value: string | undefined, options: InputOptions): void {
  const { file, jsonl, null: isNull, key, keyDelimiter, count } = options
  const not = (a: string, b: string): Failure => new Failure(`${a} and ${b} do not go together`, 2)
  if (value !== undefined && file !== undefined) throw not('a value', '--file')
  if (value !== undefined && isNull) throw not('a value', '--null')
  if (value !== undefined && jsonl) throw not('a value', '--jsonl, which reads records')
  if (value !== undefined && keyDelimiter !== undefined)
    throw not('a value', '-K, which reads lines')
  if (jsonl && (key !== undefined || keyDelimiter !== undefined)) throw not('--jsonl', '-k or -K')
  if (jsonl && isNull) throw not('--jsonl', '--null')
  if (file !== undefined && keyDelimiter !== undefined) throw not('--file', '-K, which reads lines')
  const readsLines = value === undefined && file === undefined && !isNull
  if (count !== undefined && (jsonl || readsLines)) {
    throw new Failure('-n needs a value, --file or --null: lines are produced once each', 2)
  }
}

async function* repeated(
  options: InputOptions,
  valueOf: (i: number) => Buffer | null,
): AsyncGenerator<RecordInput[], void> {
  const { count = 1, key, partition } = options
  for (let start = 0; start < count; start += groupSize) {
    const group: RecordInput[] = []
    for (let i = start; i < Math.min(count, start + groupSize); i++) {
      const keyBytes = key === undefined ? null : Buffer.from(filled(key, i))
      const headers = headersOf(options, i)
      group.push({ key: keyBytes, value: valueOf(i), headers, partition, timestamp: undefined })
    }
    yield group
  }
}

/** Of records that are made at once. */
const groupSize = 1000

async function* lineRecords(options: InputOptions): AsyncGenerator<RecordInput[], void> {
  const { key, partition, keyDelimiter, null: emptyIsNull = false } = options
  const delimiter = keyDelimiter === undefined ? undefined : unescaped(keyDelimiter)
  const orNull = (bytes: Buffer): Buffer | null =>
    emptyIsNull && bytes.length === 0 ? null : bytes
  let i = 0
  for await (const lines of readLines('-')) {
    yield lines.map(line => {
      const at = delimiter === undefined ? -1 : line.indexOf(delimiter)
      const fixedKey = key === undefined ? null : Buffer.from(filled(key, i))
      const lineKey = at < 0 ? fixedKey : orNull(line.subarray(0, at))
      const value = at < 0 ? line : line.subarray(at + delimiter!.length)
      const headers = headersOf(options, i++)
      return { key: lineKey, value: orNull(value), headers, partition, timestamp: undefined }
    })
  }
}

async function* jsonRecords(topic: string, path: string): AsyncGenerator<RecordInput[], void> {
  let number = 0
  for await (const lines of readLines(path)) {
    const records: RecordInput[] = []
    for (const line of lines) {
      number++
      const text = line.toString('utf8')
      if (text.trim() !== '') records.push(jsonRecord(topic, text, `${path}:${number}`))
    }
    yield records
  }
}

function jsonRecord(topic: string, text: string, where: string): RecordInput {
  try {
    const json = parseJson(text)
    const record = recordFromJson(json)
    const { topic: own = topic } = json as { topic?: unknown }
    if (own === topic) return record
    throw new InvalidInput(`the record is of the topic ${String(own)}: use odradek import`)
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    throw new Failure(`${where.replace(/^-:/, 'stdin:')}: ${error.message}`, 1, error)
  }
}

/** `name=value`; the name alone is a header without a value. */
function headersOf({ header = [] }: InputOptions, i: number): RecordHeader[] {
  return header.map(text => {
    const at = text.indexOf('=')
    if (at < 0) return { key: text, value: null }
    return { key: text.slice(0, at), value: Buffer.from(filled(text.slice(at + 1), i)) }
  })
}
