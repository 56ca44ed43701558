/** What commands read: files, and stdin, which is the file `-`. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Failure, readProblem } from './failure.ts'

const newline = 0x0a
/** Of a line; a record cannot be so large anyhow. */
const maxLineBytes = 256 * 1024 * 1024

/** Throws a Failure. */
export async function readWhole(path: string): Promise<Buffer> {
  if (path === '-') return Buffer.concat(await Array.fromAsync(chunksOf(path)))
  try {
    return await readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/**
 * The lines of a file without their ends, in groups as they come: who reads a pipe gets what is
 * there. Throws a Failure.
 */
export async function* readLines(path: string): AsyncGenerator<Buffer[], void> {
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of chunksOf(path)) {
    const lines: Buffer[] = []
    let start = 0
    for (let end; (end = chunk.indexOf(newline, start)) >= 0; start = end + 1) {
      const part = chunk.subarray(start, end)
      lines.push(rest.length === 0 ? part : Buffer.concat([...rest, part]))
      rest = []
      restBytes = 0
    }
    const tail = chunk.subarray(start)
    restBytes += tail.length
    if (restBytes > maxLineBytes) throw new Failure(`${path}: a line has more than 256 MiB`, 1)
    if (tail.length > 0) rest.push(tail)
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) yield [Buffer.concat(rest)]
}

async function* chunksOf(path: string): AsyncGenerator<Buffer, void> {
  const stream = path === '-' ? process.stdin : createReadStream(path)
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): Failure {
  const what = path === '-' ? 'stdin' : path
  return new Failure(
    `cannot read ${what}: ${readProblem(error as NodeJS.ErrnoException)}`,
    1,
    error,
  )
}
