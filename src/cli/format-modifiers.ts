/** What stands in braces behind a letter of a format, as rpk has it: how a value is written. */
import { Failure } from './failure.ts'

function unknown(letter: string, modifier: string, known: string): Failure {
  return new Failure(`-f: %${letter} has no {${modifier}}; there is ${known}`, 2)
}

const bytesModifiers: Readonly<Record<string, (bytes: Buffer) => string>> = {
  hex: bytes => bytes.toString('hex'),
  base64: bytes => bytes.toString('base64'),
  base64raw: bytes => bytes.toString('base64').replace(/=+$/, ''),
  json: bytes => JSON.stringify(bytes.toString('utf8')),
}

/** `{hex}`, `{base64}`, `{base64raw}`, `{json}` (a JSON string), `{unpack[>iq]}`. */
export function bytesModifier(
  letter: string,
  modifier: string | undefined,
): (bytes: Buffer) => Buffer | string {
  if (modifier === undefined) return bytes => bytes
  const named = bytesModifiers[modifier]
  if (named !== undefined) return named
  const [, packed] = /^unpack\[([ <>bBhHiIqQcs.$]+)\]$/.exec(modifier) ?? []
  if (packed !== undefined) return bytes => unpacked(bytes, packed)
  throw unknown(letter, modifier, '{hex}, {base64}, {base64raw}, {json}, {unpack[>iqs$]}')
}

const widths: Readonly<Record<string, number>> = { b: 1, h: 2, i: 4, q: 8 }

/** As Python's struct.unpack; what is too short ends it. */
function unpacked(bytes: Buffer, format: string): string {
  let text = ''
  let isLittle = false
  let at = 0
  for (const letter of format) {
    const width = widths[letter.toLowerCase()]
    if (letter === '<' || letter === '>') isLittle = letter === '<'
    else if (letter === ' ') text += ' '
    else if (letter === '$') {
      if (at < bytes.length) throw new Failure(`-f: ${bytes.length - at} bytes are left at $`, 1)
    } else if (letter === 's') {
      text += bytes.toString('utf8', at)
      at = bytes.length
    } else if (letter === 'c' || letter === '.') {
      text += letter === 'c' ? bytes.toString('latin1', at, at + 1) : ''
      at++
    } else {
      if (at + width! > bytes.length) throw new Failure(`-f: no ${width} bytes for ${letter}`, 1)
      text += integer(bytes.subarray(at, at + width!), isLittle, letter === letter.toLowerCase())
      at += width!
    }
  }
  return text
}

function integer(bytes: Buffer, isLittle: boolean, isSigned: boolean): bigint {
  const ordered = isLittle ? bytes.toReversed() : bytes
  const value = BigInt(`0x${Buffer.from(ordered).toString('hex')}`)
  return isSigned ? BigInt.asIntN(bytes.length * 8, value) : value
}

/** `{ascii}` or `{number}`, `{hex32}`, `{big32}`, `{little32}` (64 to 8 bits), `{bool}`. */
export function numberModifier(
  letter: string,
  modifier: string | undefined,
): (value: number) => Buffer | string {
  if (modifier === undefined || modifier === 'ascii' || modifier === 'number') return String
  if (modifier === 'bool') return value => String(value !== 0)
  if (modifier === 'byte') return numberModifier(letter, 'big8')
  const [, form, digits] = /^(hex|big|little)(64|32|16|8|4)$/.exec(modifier) ?? []
  if (form === undefined || (digits === '4' && form !== 'hex')) {
    throw unknown(letter, modifier, '{ascii}, {hex64}, {big32}, {little16}, {byte}, {bool}')
  }
  const bits = Number(digits)
  return value => {
    const hex = BigInt.asUintN(bits, BigInt(value))
      .toString(16)
      .padStart(bits / 4, '0')
    if (form === 'hex') return hex
    const bytes = Buffer.from(hex, 'hex')
    return form === 'big' ? bytes : Buffer.from(bytes.toReversed())
  }
}

/** `{strftime[%F %T]}`, `{go[2006-01-02T15:04:05Z07:00]}` in UTC, `{iso}`; else milliseconds. */
export function timeModifier(modifier: string | undefined): (ms: number) => Buffer | string {
  if (modifier === undefined) return String
  if (modifier === 'iso') return ms => new Date(ms).toISOString()
  const [, kind, layout] = /^(strftime|go)\[(.*)\]$/s.exec(modifier) ?? []
  if (kind === 'strftime') return ms => strftime(new Date(ms), layout!)
  if (kind === 'go') return ms => goTime(new Date(ms), layout!)
  return numberModifier('d', modifier)
}

const two = (value: number): string => String(value).padStart(2, '0')

function fieldsOf(
  time: Date,
): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string> {
  return {
    year: String(time.getUTCFullYear()).padStart(4, '0'),
    month: two(time.getUTCMonth() + 1),
    day: two(time.getUTCDate()),
    hour: two(time.getUTCHours()),
    minute: two(time.getUTCMinutes()),
    second: two(time.getUTCSeconds()),
  }
}

/** As in C, for what a log needs. */
function strftime(time: Date, layout: string): string {
  const { year, month, day, hour, minute, second } = fieldsOf(time)
  const millis = String(time.getUTCMilliseconds()).padStart(3, '0')
  const letters: Readonly<Record<string, string>> = {
    Y: year,
    m: month,
    d: day,
    H: hour,
    M: minute,
    S: second,
    L: millis,
    f: `${millis}000`,
    F: `${year}-${month}-${day}`,
    T: `${hour}:${minute}:${second}`,
    s: String(Math.floor(time.getTime() / 1000)),
    z: '+0000',
    Z: 'UTC',
    '%': '%',
  }
  return layout.replace(/%([A-Za-z%])/g, (text, letter: string) => letters[letter] ?? text)
}

/** Go's way: the layout is the time 2006-01-02 15:04:05 as one wants to see it. */
function goTime(time: Date, layout: string): string {
  const { year, month, day, hour, minute, second } = fieldsOf(time)
  const millis = String(time.getUTCMilliseconds()).padStart(3, '0')
  return layout.replace(/2006|01|02|15|04|05|\.0+|\.9+|Z07:00|MST/g, part => {
    if (part.startsWith('.'))
      return `.${millis.padEnd(part.length - 1, '0').slice(0, part.length - 1)}`
    const parts: Readonly<Record<string, string>> = {
      '2006': year,
      '01': month,
      '02': day,
      '15': hour,
      '04': minute,
      '05': second,
      'Z07:00': 'Z',
      MST: 'UTC',
    }
    return parts[part]!
  })
}
