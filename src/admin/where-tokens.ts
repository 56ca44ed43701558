import { InvalidInput } from './invalid-input.ts'

/** A piece of an expression. */
export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end'
  /** As it is written; of a sign that has several forms, the usual one. */
  readonly text: string
  /** Of a number, or a text. */
  readonly value?: number | string
  /** From 1 on. */
  readonly column: number
}

const maxCharacters = 10_000

const patterns = {
  space: /\s+/y,
  number: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y,
  name: /[\p{L}_$][\p{L}\p{N}_$]*/uy,
  text: /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy,
  sign: /===|!==|==|!=|<=|>=|&&|\|\||[-<>=!()[\].+*/%]/y,
} as const

/** The same in other words. */
const usualSigns: Readonly<Record<string, string>> = { '===': '==', '!==': '!=', '=': '==' }
const usualWords: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!' }

/** Throws InvalidInput. */
export function tokensOf(text: string): Token[] {
  if (text.length > maxCharacters) {
    const sizes = `${text.length} characters; ${maxCharacters} are allowed`
    throw new InvalidInput(`where: the expression has ${sizes}`)
  }
  const tokens: Token[] = []
  let at = 0
  const match = (kind: keyof typeof patterns): string | undefined => {
    const pattern = patterns[kind]
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  while (at < text.length) {
    const space = match('space')
    if (space !== undefined) {
      at += space.length
      continue
    }
    const token = nextToken(match, at + 1)
    if (token === undefined) throw unreadable(text, at)
    tokens.push(token.token)
    at += token.length
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1 })
  return tokens
}

function nextToken(
  match: (kind: keyof typeof patterns) => string | undefined,
  column: number,
): { token: Token; length: number } | undefined {
  const number = match('number')
  if (number !== undefined) {
    const token: Token = { kind: 'number', text: number, value: Number(number), column }
    return { token, length: number.length }
  }
  const quoted = match('text')
  if (quoted !== undefined) {
    const token: Token = { kind: 'text', text: quoted, value: unquoted(quoted), column }
    return { token, length: quoted.length }
  }
  const name = match('name')
  if (name !== undefined) {
    const sign = Object.hasOwn(usualWords, name) ? usualWords[name] : undefined
    const token: Token = { kind: sign ? 'sign' : 'name', text: sign ?? name, column }
    return { token, length: name.length }
  }
  const sign = match('sign')
  if (sign === undefined) return undefined
  return { token: { kind: 'sign', text: usualSigns[sign] ?? sign, column }, length: sign.length }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, (_, escaped: string) => escapes[escaped] ?? escaped)
}

function unreadable(text: string, at: number): InvalidInput {
  const character = String.fromCodePoint(text.codePointAt(at)!)
  const isQuote = character === "'" || character === '"'
  const reason = isQuote ? 'the text that begins here does not end' : `'${character}' means nothing`
  return new InvalidInput(`where: ${reason}, at column ${at + 1} of: ${text}`)
}
