/**
 * Formats of records by letters: kcat's (1.7.1), and those of rpk that mean nothing else there,
 * with modifiers in braces.
 */
import type { ReadRecord } from '../client/read-record.ts'
import { unescaped } from './escapes.ts'
import { Failure } from './failure.ts'
import { bytesModifier, numberModifier, timeModifier } from './format-modifiers.ts'

export interface FormatOptions {
  /** What is written for null; kcat writes nothing, and NULL with -Z. */
  readonly null: string
}

/** `nth` counts from 1. */
export type RecordFormat = (record: ReadRecord, nth: number) => Buffer
type Part = (record: ReadRecord, nth: number) => Buffer | string

/** Throws a Failure for a letter or a modifier that there is not. */
export function compileFormat(format: string, options: FormatOptions): RecordFormat {
  const parts = partsOf(format, options)
  return (record, nth) => {
    return Buffer.concat(parts.map(part => bytesOf(part(record, nth))))
  }
}

function bytesOf(text: Buffer | string): Buffer {
  return typeof text === 'string' ? Buffer.from(text) : text
}

/** A letter with its modifier, `%%`, `%{`, `%}`, or text up to the next. */
const token = /%(?:([%{}])|([A-Za-z[\]|])(?:\{((?:[^{}]|\{[^{}]*\})*)\})?|(?=[^]|$))|[^%]+/g

function partsOf(format: string, options: FormatOptions): Part[] {
  const parts: Part[] = []
  for (const { 0: text, 1: literal, 2: letter, 3: modifier, index } of format.matchAll(token)) {
    if (literal !== undefined) parts.push(() => literal)
    else if (letter !== undefined) {
      // kcat has no modifiers: a brace that begins none is text.
      parts.push(partOf(letter, modifier, options))
    } else if (text === '%') {
      throw new Failure(`-f: there is a % at ${index} without a letter; %% is a %`, 2)
    } else {
      const bytes = unescaped(text)
      parts.push(() => bytes)
    }
  }
  return parts
}

type NumberOf = (record: ReadRecord, nth: number) => number

const lengthOf = (bytes: Buffer | null): number => bytes?.length ?? -1

const numbers: Readonly<Record<string, NumberOf>> = {
  p: ({ from }) => from.partition,
  o: ({ offset }) => offset,
  T: ({ timestamp }) => timestamp,
  K: ({ key }) => lengthOf(key),
  S: ({ value }) => lengthOf(value),
  V: ({ value }) => lengthOf(value),
  H: ({ headers }) => headers.length,
  e: ({ batch }) => batch.partitionLeaderEpoch,
  x: ({ batch }) => batch.producerId,
  y: ({ batch }) => batch.producerEpoch,
  i: (_, nth) => nth,
  '[': ({ from }) => from.logStartOffset,
  '|': ({ from }) => from.lastStableOffset,
  ']': ({ from }) => from.highWatermark,
}

function partOf(letter: string, modifier: string | undefined, options: FormatOptions): Part {
  const number = numbers[letter]
  if (number !== undefined) {
    const write = numberModifier(letter, modifier)
    return (record, nth) => write(number(record, nth))
  }
  switch (letter) {
    case 't':
      return textPart(letter, modifier, ({ from }) => Buffer.from(from.topic), options)
    case 'k':
      return textPart(letter, modifier, ({ key }) => key, options)
    case 'v':
    case 's':
      return textPart(letter, modifier, ({ value }) => value, options)
    case 'd': {
      const write = timeModifier(modifier)
      return ({ timestamp }) => write(timestamp)
    }
    case 'R':
      return ({ value }) => {
        const size = Buffer.alloc(4)
        size.writeInt32BE(lengthOf(value))
        return size
      }
    case 'h':
      return headersPart(modifier)
    case 'a':
      return ({ batch }) => attributesText(batch)
    default:
      throw new Failure(`-f: there is no %${letter}; ${known}`, 2)
  }
}

const known =
  '%t topic, %p partition, %o offset, %k key, %v or %s value, %h headers, %T or %d time,' +
  ' %K %S %V %H lengths, %R length in binary, %e epoch, %x %y producer, %a attributes, %i number'

function textPart(
  letter: string,
  modifier: string | undefined,
  bytes: (record: ReadRecord) => Buffer | null,
  options: FormatOptions,
): Part {
  const write = bytesModifier(letter, modifier)
  return record => {
    const found = bytes(record)
    return found === null ? options.null : write(found)
  }
}

/** kcat: name=value, between commas; a header without a value is NULL. Else each in a format. */
function headersPart(modifier: string | undefined): Part {
  if (modifier === undefined) {
    return ({ headers }) => {
      const parts = headers.flatMap(({ key, value }, i) => {
        const comma = i > 0 ? ',' : ''
        return [Buffer.from(`${comma}${key}=`), value ?? Buffer.from('NULL')]
      })
      return Buffer.concat(parts)
    }
  }
  const each = Array.from(modifier.matchAll(token), ({ 0: text, 2: letter, 3: inner }) => {
    if (letter === 'k') return (key: string) => bytesModifier('k', inner)(Buffer.from(key))
    if (letter === 'v') {
      const write = bytesModifier('v', inner)
      return (_: string, value: Buffer | null) => (value === null ? '' : write(value))
    }
    const bytes = unescaped(text)
    return () => bytes
  })
  return ({ headers }) => {
    return Buffer.concat(
      headers.flatMap(({ key, value }) => each.map(part => bytesOf(part(key, value)))),
    )
  }
}

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

function attributesText({ compression, timestampType, ...batch }: ReadRecord['batch']): string {
  const words = [compressions[compression] ?? String(compression), timestampType]
  if (batch.isTransactional) words.push('transactional')
  if (batch.isControl) words.push('control')
  return words.join(',')
}
