/** Words, quoted texts and single characters, as Java reads them (java.io.StreamTokenizer). */

/** Of a number Java keeps the value only, so that it is no text. */
export interface Token {
  readonly kind: 'text' | 'number' | 'character'
  readonly text: string
}

/** As the reader of JAAS configs sets it up: letters with `-`, `_` and `$` in words. */
const wordStart = /[A-Za-z_$\u00a0-\uffff]/
const wordRest = /[A-Za-z0-9._$\-\u00a0-\uffff]*/y
const number = /-?[0-9]*(?:\.[0-9]*)?/y
const blanks = /[\0-\x20]*/y
const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\x0b',
}
const octal = /[0-3][0-7]{0,2}|[4-7][0-7]?/y

/** Comments are left out: what a slash begins, for it stands for itself in quotes only. */
export function* tokens(source: string): Generator<Token, void> {
  let at = 0
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0] ?? ''
    at += found.length
    return found
  }
  for (;;) {
    take(blanks)
    const first = source[at]
    if (first === undefined) return
    if (first === '/') {
      at = endOfComment(source, at)
    } else if (/[0-9.-]/.test(first) && !/^-(?![0-9.])/.test(source.slice(at, at + 2))) {
      yield { kind: 'number', text: take(number) }
    } else if (wordStart.test(first)) {
      yield { kind: 'text', text: take(wordRest) }
    } else if (first === '"' || first === "'") {
      const quoted = readQuoted(source, at)
      at = quoted.end
      yield { kind: 'text', text: quoted.text }
    } else {
      at++
      yield { kind: 'character', text: first }
    }
  }
}

/** A block, or else the rest of the line. */
function endOfComment(source: string, start: number): number {
  if (source.startsWith('/*', start)) {
    const end = source.indexOf('*/', start + 2)
    return end < 0 ? source.length : end + 2
  }
  // Java does not look at what follows a single slash, were it the end of the line.
  const length = source.slice(start + 2).search(/[\r\n]/)
  return length < 0 ? source.length : start + 2 + length
}

/** Ends at the same quote, or with the line. */
function readQuoted(source: string, start: number): { text: string; end: number } {
  const quote = source[start]
  let text = ''
  let at = start + 1
  for (;;) {
    const char = source[at]
    if (char === undefined || char === '\n' || char === '\r') return { text, end: at }
    at++
    if (char === quote) return { text, end: at }
    if (char !== '\\') {
      text += char
      continue
    }
    octal.lastIndex = at
    const code = octal.exec(source)?.[0]
    const escaped = source[at] ?? ''
    text += code === undefined ? (escapes[escaped] ?? escaped) : octalChar(code)
    at += code?.length ?? 1
  }
}

function octalChar(code: string): string {
  return String.fromCharCode(parseInt(code, 8))
}
