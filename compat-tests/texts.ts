/**
 * Real text for clients to send: what a Debian machine carries under /usr, in an order that does
 * not depend on the file system, byte for byte, whatever the encoding.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

const roots = [
  '/usr/share/common-licenses',
  '/usr/share/dict',
  '/usr/share/doc',
  '/usr/share/perl',
  '/usr/share/perl5',
  '/usr/lib/python3',
  '/usr/share/i18n',
  '/usr/include',
]

/** Between key and line; files that contain it, or a zero byte, are left out. */
export const keyDelimiter = '\x01'

/** Far below the size of a message that any Kafka accepts by default. */
const maxLineBytes = 200_000

export interface Texts {
  /** Lines of `key delimiter text`. */
  file: string
  /** Bytes of text, without keys. */
  textBytes: number
  lines: number
}

/** Writes lines to `file` until they hold `minTextBytes` of text; undefined where there is none. */
export async function writeTexts(file: string, minTextBytes: number): Promise<Texts | undefined> {
  await using output = await open(file, 'w')
  let textBytes = 0
  let lines = 0
  for (let pass = 0; textBytes < minTextBytes; pass++) {
    let fileNumber = 0
    for await (const texts of textFiles()) {
      fileNumber++
      const keyed = texts.map((text, i) => `${pass}/${fileNumber}:${i}${keyDelimiter}${text}\n`)
      await output.write(keyed.join(''), null, 'latin1')
      lines += texts.length
      for (const text of texts) textBytes += text.length
      if (textBytes >= minTextBytes) break
    }
    if (textBytes === 0) return undefined
  }
  return { file, textBytes, lines }
}

/** The lines of each file as latin1, which keeps every byte. */
async function* textFiles(): AsyncGenerator<string[]> {
  for (const root of roots) {
    for await (const file of filesBelow(root)) {
      const content = await readFile(file, 'latin1')
      if (content.includes('\0') || content.includes(keyDelimiter)) continue
      yield content.split('\n').filter(line => line.length <= maxLineBytes)
    }
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(full)
    else if (entry.isFile()) yield full
  }
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
