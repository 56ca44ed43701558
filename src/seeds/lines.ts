/** Entries and where they stand, from text as it comes. */
import { InvalidInput } from '../admin/invalid-input.ts'
import { parseJson } from '../admin/json-value.ts'
import { entryFromJson, type SeedEntry } from './entry.ts'

/** An entry, and where it stands: 'orders.jsonl:3'. */
export interface Located {
  where: string
  entry: SeedEntry
}

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What a line may have, in characters: a record of many megabytes as base64 is one line. */
const maxLineLength = 256 * 1024 * 1024

/**
 * The entries of JSON lines; empty ones are left out. `name` is what they are called in messages.
 * Throws InvalidInput, with the line.
 */
export async function* entriesOfLines(name: string, chunks: Chunks): AsyncGenerator<Located> {
  let number = 0
  for await (const line of linesOf(name, chunks)) {
    number++
    const text = line.trim()
    if (text === '') continue
    const where = `${name}:${number}`
    yield { where, entry: located(where, () => entryFromJson(parseJson(text))) }
  }
}

/** What `read` gives; where it throws InvalidInput, the message begins with the place. */
export function located<Result>(where: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    throw new InvalidInput(`${where}: ${error.message}`, { cause: error })
  }
}

async function* linesOf(name: string, chunks: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoded(name, () => decoder.decode(chunk, { stream: true }))
    const lines = rest.split('\n')
    rest = lines.pop()!
    yield* lines
    if (rest.length > maxLineLength) throw new InvalidInput(`${name}: a line is too long`)
  }
  yield rest + decoded(name, () => decoder.decode())
}

function decoded(name: string, decode: () => string): string {
  try {
    return decode()
  } catch (error) {
    const hint = 'bytes that are no text are written as {"$base64": "…"}'
    throw new InvalidInput(`${name}: not text in UTF-8: ${hint}`, { cause: error })
  }
}
