/**
 * Which records are meant, as text: `value.total > 10 && headers.source == 'web'`. Nothing of it is
 * run as code: it is read into closures over the record. What a record does not have is null, and
 * nothing but null is like null; numbers and texts are compared with their own kind only.
 */
import { nearestName } from '../config/nearest-name.ts'
import { InvalidInput } from './invalid-input.ts'
import { tokensOf, type Token } from './where-tokens.ts'

/** What an expression can speak of. */
export interface WhereRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: string | null
  /** As text: expressions see what it holds if it is JSON. */
  readonly value: string | null
  readonly headers: Readonly<Record<string, string | null>>
}

type Evaluate = (record: WhereRecord) => unknown

/** Parentheses and signs within each other. */
const maxDepth = 100

/** Throws an InvalidInput that says what is wrong, and at which column. */
export function compileWhere(text: string): (record: WhereRecord) => boolean {
  const parser = new Parser(text)
  const evaluate = parser.whole()
  return record => isTrue(evaluate(record))
}

const fields: Readonly<Record<string, Evaluate>> = {
  topic: ({ topic }) => topic,
  partition: ({ partition }) => partition,
  offset: ({ offset }) => offset,
  timestamp: ({ timestamp }) => timestamp,
  key: ({ key }) => key,
  value: ({ value }) => parsed(value),
  headers: ({ headers }) => headers,
}

const literals: Readonly<Record<string, unknown>> = { true: true, false: false, null: null }

const methods: Readonly<Record<string, (target: unknown, argument: unknown) => boolean>> = {
  includes: (target, argument) =>
    Array.isArray(target)
      ? target.some(each => isSame(each, argument))
      : onTexts((text, part) => text.includes(part))(target, argument),
  startsWith: onTexts((target, argument) => target.startsWith(argument)),
  endsWith: onTexts((target, argument) => target.endsWith(argument)),
}

/** By how tightly they bind; each level takes those behind it as its operands. */
const levels: readonly Readonly<Record<string, (a: Evaluate, b: Evaluate) => Evaluate>>[] = [
  { '||': (a, b) => record => isTrue(a(record)) || isTrue(b(record)) },
  { '&&': (a, b) => record => isTrue(a(record)) && isTrue(b(record)) },
  {
    '==': (a, b) => record => isSame(a(record), b(record)),
    '!=': (a, b) => record => !isSame(a(record), b(record)),
    '<': compared((a, b) => a < b),
    '<=': compared((a, b) => a <= b),
    '>': compared((a, b) => a > b),
    '>=': compared((a, b) => a >= b),
  },
  {
    '+': (a, b) => record => {
      const [left, right] = [a(record), b(record)]
      if (areTexts(left, right)) return left + (right as string)
      return areNumbers(left, right) ? left + (right as number) : null
    },
    '-': reckoned((a, b) => a - b),
  },
  {
    '*': reckoned((a, b) => a * b),
    '/': reckoned((a, b) => a / b),
    '%': reckoned((a, b) => a % b),
  },
]

/** By recursive descent. */
class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  whole(): Evaluate {
    const evaluate = this.#binary(0)
    if (this.#next.kind !== 'end') throw this.#unexpected('an operator, or the end')
    return evaluate
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }

  #take(): Token {
    return this.#tokens[this.#at++]!
  }

  /** Takes this sign, if it is next. */
  #takes(sign: string): boolean {
    const is = this.#next.kind === 'sign' && this.#next.text === sign
    if (is) this.#at++
    return is
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#unexpected(`'${sign}'`)
  }

  #binary(level: number): Evaluate {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const { kind, text } = this.#next
      const combine = kind === 'sign' ? operators[text] : undefined
      if (combine === undefined) return left
      this.#at++
      left = combine(left, this.#binary(level + 1))
    }
  }

  #unary(): Evaluate {
    if (++this.#depth > maxDepth) throw this.#invalid('it is nested too deeply', this.#next)
    try {
      if (this.#takes('!')) return negated(this.#unary())
      if (this.#takes('-')) return reckoned((a, b) => a - b)(() => 0, this.#unary())
      return this.#primary()
    } finally {
      this.#depth--
    }
  }

  #primary(): Evaluate {
    const token = this.#next
    if (token.kind === 'number' || token.kind === 'text') {
      this.#at++
      return this.#members(() => token.value)
    }
    if (token.kind === 'name') {
      this.#at++
      return this.#members(this.#named(token))
    }
    if (!this.#takes('(')) throw this.#unexpected('a value')
    const inner = this.#binary(0)
    this.#expect(')')
    return this.#members(inner)
  }

  #named(token: Token): Evaluate {
    const { text } = token
    if (Object.hasOwn(literals, text)) return () => literals[text]
    if (Object.hasOwn(fields, text)) return fields[text]!
    const nearest = nearestName(text, Object.keys(fields))
    const hint = nearest === undefined ? Object.keys(fields).join(', ') : `'${nearest}'`
    throw this.#invalid(`there is no '${text}'; there is ${hint}`, token)
  }

  /** `.name`, `[0]`, `['name']` and calls, as many as there are. */
  #members(of: Evaluate): Evaluate {
    let evaluate = of
    for (;;) {
      if (this.#takes('.')) {
        if (this.#next.kind !== 'name') throw this.#unexpected('a name')
        const name = this.#take()
        evaluate = this.#takes('(') ? this.#call(evaluate, name) : member(evaluate, () => name.text)
      } else if (this.#takes('[')) {
        const index = this.#binary(0)
        this.#expect(']')
        evaluate = member(evaluate, index)
      } else {
        return evaluate
      }
    }
  }

  #call(target: Evaluate, name: Token): Evaluate {
    const { text } = name
    if (!Object.hasOwn(methods, text)) {
      const known = Object.keys(methods).join(', ')
      throw this.#invalid(`there is no method '${text}'; there are ${known}`, name)
    }
    const method = methods[text]!
    const argument = this.#binary(0)
    this.#expect(')')
    return record => method(target(record), argument(record))
  }

  #unexpected(wanted: string): InvalidInput {
    const { kind, text } = this.#next
    const found = kind === 'end' ? 'it ends' : `there is '${text}'`
    return this.#invalid(`${wanted} is wanted, but ${found}`, this.#next)
  }

  #invalid(reason: string, { column }: Token): InvalidInput {
    return new InvalidInput(`where: ${reason}, at column ${column} of: ${this.#text}`)
  }
}

function member(target: Evaluate, name: Evaluate): Evaluate {
  return record => memberOf(target(record), name(record))
}

/** Only what the record itself holds: nothing that JavaScript's objects have besides. */
function memberOf(target: unknown, name: unknown): unknown {
  if (typeof name !== 'string' && typeof name !== 'number') return null
  if (typeof target === 'string') return name === 'length' ? target.length : null
  if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return null
  return (target as Record<string | number, unknown>)[name]
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function negated(evaluate: Evaluate): Evaluate {
  return record => !isTrue(evaluate(record))
}

/** As in JavaScript. */
function isTrue(value: unknown): boolean {
  return Boolean(value)
}

function isSame(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null)
}

function areNumbers(a: unknown, b: unknown): a is number {
  return typeof a === 'number' && typeof b === 'number'
}

function areTexts(a: unknown, b: unknown): a is string {
  return typeof a === 'string' && typeof b === 'string'
}

function onTexts(test: (target: string, argument: string) => boolean) {
  return (target: unknown, argument: unknown): boolean =>
    typeof target === 'string' && typeof argument === 'string' && test(target, argument)
}

function compared(compare: (a: number | string, b: number | string) => boolean) {
  return (a: Evaluate, b: Evaluate): Evaluate =>
    record => {
      const [left, right] = [a(record), b(record)]
      const areAlike = areNumbers(left, right) || areTexts(left, right)
      return areAlike && compare(left, right as number | string)
    }
}

function reckoned(reckon: (a: number, b: number) => number) {
  return (a: Evaluate, b: Evaluate): Evaluate =>
    record => {
      const [left, right] = [a(record), b(record)]
      return areNumbers(left, right) ? reckon(left, right as number) : null
    }
}
