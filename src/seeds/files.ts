/** Seeds in files and directories. */
import { isMissing, type Fs, type FsFile } from '../../storage/file/fs.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { entriesOfLines, type Located } from './lines.ts'

export type SeedFs = Pick<Fs, 'open' | 'readFile' | 'readdir'>

const readBytes = 256 * 1024
const extension = /\.(jsonl|ndjson|json|ya?ml)$/i

/**
 * The entries of a file, or of all seeds in a directory, in the order of their names; other files
 * in there are left alone. Throws InvalidInput, with file and line.
 */
export async function* entriesOfPath(fs: SeedFs, path: string): AsyncGenerator<Located> {
  const names = await filesIn(fs, path)
  if (names === undefined) yield* entriesOfFile(fs, path)
  else for (const name of names) yield* entriesOfFile(fs, `${path.replace(/\/+$/, '')}/${name}`)
}

/** Undefined for what is no directory. */
async function filesIn(fs: SeedFs, path: string): Promise<string[] | undefined> {
  try {
    const names = await fs.readdir(path)
    return names.filter(name => extension.test(name) && !name.startsWith('.')).toSorted()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw unreadable(path, error)
  }
}

async function* entriesOfFile(fs: SeedFs, path: string): AsyncGenerator<Located> {
  const kind = extension.exec(path)?.[1]?.toLowerCase()
  if (kind === undefined) {
    throw new InvalidInput(`seed ${path}: its name ends in none of .jsonl, .json, .yaml and .yml`)
  }
  if (kind.startsWith('y') || (kind === 'json' && (await isOneText(fs, path)))) {
    const { entriesOfYaml } = await import('./yaml.ts')
    yield* entriesOfYaml(path, (await fs.readFile(path)).toString())
  } else yield* entriesOfLines(path, chunksOf(fs, path))
}

/** JSON that is not in lines: an array, or an object that goes over several of them. */
async function isOneText(fs: SeedFs, path: string): Promise<boolean> {
  const text = (await fs.readFile(path)).toString().trim()
  const end = text.indexOf('\n')
  const first = end === -1 ? text : text.slice(0, end)
  return first.startsWith('[') || !first.trimEnd().endsWith('}')
}

async function* chunksOf(fs: SeedFs, path: string): AsyncGenerator<Buffer> {
  const file = await opened(fs, path)
  try {
    let position = 0
    for (;;) {
      const buffer = Buffer.allocUnsafe(readBytes)
      const bytes = await file.read(buffer, position)
      if (bytes === 0) return
      position += bytes
      yield buffer.subarray(0, bytes)
    }
  } finally {
    await file.close()
  }
}

async function opened(fs: SeedFs, path: string): Promise<FsFile> {
  try {
    return await fs.open(path, 'r')
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): InvalidInput {
  const reason = isMissing(error)
    ? 'there is no such file or directory'
    : `it cannot be read (${(error as Error).message})`
  return new InvalidInput(`seed ${path}: ${reason}`, { cause: error })
}
