/**
 * Which logs were closed cleanly, and what their checkpoints say: one file for all of them, so that
 * a start reads that one and nothing of each log. A log is struck off before it changes for the
 * first time; behind a crash those that are left are as they were, and only the others are looked
 * at. Whatever is wrong with this file, it is only that all logs are looked at.
 */
import { checksumText, replaceFile, type Checkpoint } from './checkpoint.ts'
import { isMissing, isSystemError, unlinkIfThere, writeFully, type Fs, type FsFile } from './fs.ts'
import { groupCommit } from './group-commit.ts'

const cleanListName = 'closed-cleanly'

const version = 1

interface StoredList {
  version: number
  /** By the names of their directories. */
  logs: Record<string, Checkpoint>
}

export class CleanList {
  readonly #fs: Fs
  readonly #directory: string
  /** Of logs that were not asked for yet. */
  readonly #checkpoints: Map<string, Checkpoint>
  #file: Promise<FsFile> | undefined
  #bytes: number
  #struck: string[] = []
  readonly #commitStruck = groupCommit(() => this.#writeStruck())

  private constructor(
    fs: Fs,
    directory: string,
    checkpoints: Map<string, Checkpoint>,
    bytes: number,
  ) {
    this.#fs = fs
    this.#directory = directory
    this.#checkpoints = checkpoints
    this.#bytes = bytes
  }

  static async open(fs: Fs, directory: string): Promise<CleanList> {
    const content = await fs.readFile(`${directory}/${cleanListName}`).catch((error: unknown) => {
      if (isMissing(error)) return Buffer.alloc(0)
      throw error
    })
    const { checkpoints, isWhole } = parse(content.toString())
    const list = new CleanList(fs, directory, checkpoints, content.length)
    // What a killed process has struck off may be so in memory only: that would come back.
    if (!isWhole) await list.save(checkpoints)
    return list
  }

  /** What is known of a log if nothing has changed it since it was closed; told once. */
  take(name: string): Checkpoint | undefined {
    const checkpoint = this.#checkpoints.get(name)
    this.#checkpoints.delete(name)
    return checkpoint
  }

  /** The log may change when this resolves: it is off the list, durably. */
  async strike(name: string): Promise<void> {
    this.#checkpoints.delete(name)
    if (this.#bytes === 0) return
    this.#struck.push(name)
    await this.#commitStruck()
  }

  /** Replaces the list; where that is not possible, there is none, and all logs are struck off. */
  async save(logs: ReadonlyMap<string, Checkpoint>): Promise<void> {
    // A start without data pays for no checksum.
    if (logs.size === 0 && this.#bytes === 0) return
    const list: StoredList = { version, logs: Object.fromEntries(logs) }
    const body = JSON.stringify(list)
    const content = `${body}\n${checksumText(body)}\n`
    try {
      await replaceFile(this.#fs, this.#directory, cleanListName, content)
      this.#bytes = Buffer.byteLength(content)
    } catch (error) {
      if (!isSystemError(error)) throw error
      await removeCleanList(this.#fs, this.#directory)
      this.#bytes = 0
    }
  }

  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined)
    await file?.close()
  }

  async #writeStruck(): Promise<void> {
    const lines = Buffer.from(this.#struck.map(name => `\n-${name}\n`).join(''))
    this.#struck = []
    try {
      this.#file ??= this.#fs.open(`${this.#directory}/${cleanListName}`, 'r+')
      const file = await this.#file
      await writeFully(file, [lines], this.#bytes)
      await file.datasync()
      this.#bytes += lines.length
    } catch {
      // That works on a full disk, too.
      await removeCleanList(this.#fs, this.#directory)
    }
  }
}

/** Strikes all logs off, durably: the next start looks at each. */
export async function removeCleanList(fs: Fs, directory: string): Promise<void> {
  await unlinkIfThere(fs, `${directory}/${cleanListName}`)
  await fs.syncDirectory(directory)
}

/** The last line may be torn by a crash: then nobody has changed the log that it names. */
function parse(content: string): { checkpoints: Map<string, Checkpoint>; isWhole: boolean } {
  const [body = '', checksum, ...struck] = content.split('\n')
  const nothing = { checkpoints: new Map<string, Checkpoint>(), isWhole: content === '' }
  if (body === '' || checksum !== checksumText(body)) return nothing
  const list = JSON.parse(body) as StoredList
  if (list.version !== version) return nothing
  const listed = new Map(Object.entries(list.logs))
  for (const line of struck) if (line.startsWith('-')) listed.delete(line.slice(1))
  return { checkpoints: listed, isWhole: struck.join('') === '' }
}
