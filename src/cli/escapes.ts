/**
 * Escapes in formats and delimiters, as kcat has them: \n, \t, \r, \0, \xNN, \NN (a number); of any
 * other character, the character itself.
 */
export function unescaped(text: string): Buffer {
  const parts: Buffer[] = []
  let end = 0
  for (const { 0: escape, 1: hex, 2: digits, 3: letter, index } of text.matchAll(escapes)) {
    parts.push(Buffer.from(text.slice(end, index)))
    end = index + escape.length
    if (hex !== undefined) parts.push(Buffer.from([parseInt(hex, 16)]))
    else if (digits !== undefined) parts.push(Buffer.from([numberOf(digits)]))
    else parts.push(Buffer.from(letters[letter!] ?? letter!))
  }
  parts.push(Buffer.from(text.slice(end)))
  return Buffer.concat(parts)
}

const escapes = /\\(?:x([0-9a-fA-F]{1,2})|(\d+)|([^]))/g
const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

/** As C reads it (strtoul): octal after a zero. */
function numberOf(digits: string): number {
  const octal = /^0[0-7]+$/.test(digits)
  return parseInt(digits, octal ? 8 : 10) & 0xff
}
