export interface Property {
  key: string
  value: string
  /** Counted from 1; that of the first line where one goes on over several. */
  line: number
}

/**
 * Reads the text of a `.properties` file (java.util.Properties): comments, lines that go on after a
 * backslash, `=`, `:` or blanks between key and value, escapes. Throws a SyntaxError that begins
 * with the line's number where an escape is broken.
 */
export function parseProperties(text: string): Property[] {
  const properties: Property[] = []
  for (const { line, content } of logicalLines(text)) {
    const [, key, value] = keyAndValue.exec(content)!
    properties.push({ key: unescape(key!, line), value: unescape(value!, line), line })
  }
  return properties
}

/** The key ends at the first separator or blank that no backslash precedes. */
const keyAndValue = /^((?:\\[^]|[^\\=: \t\f])*)[ \t\f]*(?:[=:][ \t\f]*)?([^]*)$/

/** Nothing, nothing that goes on, or a comment. */
const isBlank = /^(?:\\?$|[#!])/

function* logicalLines(text: string): Generator<{ line: number; content: string }> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1
    let content = lines[i]!.replace(/^[ \t\f]+/, '')
    if (isBlank.test(content)) continue
    while (endsInContinuation(content) && i + 1 < lines.length) {
      content = content.slice(0, -1) + lines[++i]!.replace(/^[ \t\f]+/, '')
    }
    yield { line, content: endsInContinuation(content) ? content.slice(0, -1) : content }
  }
}

/** An even number of backslashes at the end are escaped backslashes. */
function endsInContinuation(content: string): boolean {
  return /\\*$/.exec(content)![0].length % 2 === 1
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(text: string, line: number): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex?: string, character?: string) => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
    if (character === 'u') throw new SyntaxError(`${line}: \\u needs four hexadecimal digits`)
    return escapes[character!] ?? character!
  })
}
