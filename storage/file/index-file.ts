/**
 * A sparse index of one segment, in Kafka's formats: `.index` leads from a relative offset to a
 * position (OffsetIndex), `.timeindex` from a timestamp to a relative offset (TimeIndex). Keys rise
 * strictly, values never fall. New entries gather in memory; the rest is read at need and kept for
 * a while in a cache that all indexes share.
 */
import { isMissing, type Fs } from './fs.ts'

export const logSuffix = '.log'

export interface IndexLayout {
  suffix: string
  entryBytes: number
  key(buffer: Buffer, at: number): number
  value(buffer: Buffer, at: number): number
  write(buffer: Buffer, at: number, key: number, value: number): void
}

export const offsetIndex: IndexLayout = {
  suffix: '.index',
  entryBytes: 8,
  key: (buffer, at) => buffer.readInt32BE(at),
  value: (buffer, at) => buffer.readInt32BE(at + 4),
  write(buffer, at, key, value) {
    buffer.writeInt32BE(key, at)
    buffer.writeInt32BE(value, at + 4)
  },
}

export const timeIndex: IndexLayout = {
  suffix: '.timeindex',
  entryBytes: 12,
  key: (buffer, at) => Number(buffer.readBigInt64BE(at)),
  value: (buffer, at) => buffer.readInt32BE(at + 8),
  write(buffer, at, key, value) {
    buffer.writeBigInt64BE(BigInt(key), at)
    buffer.writeInt32BE(value, at + 8)
  },
}

export /** The file beside a segment's `.log`. */
function indexPath(logPath: string, { suffix }: IndexLayout): string {
  return logPath.slice(0, -logSuffix.length) + suffix
}

export interface IndexEntry {
  key: number
  value: number
}

/** The file is missing, too short or no index. It can be built anew from the log. */
export class IndexDamage extends Error {
  override readonly name = 'IndexDamage'
}

/** Entries for which there is room at first, and so many before they go to the file. */
const minTailEntries = 8
const maxTailEntries = 512
const noEntries = Buffer.alloc(0)

export class IndexFile {
  readonly #segment: { readonly path: string }
  #path: string | undefined
  readonly #layout: IndexLayout
  readonly #fs: Fs
  readonly #cache: IndexCache
  #flushedBytes: number
  #tail: Buffer | undefined
  #tailBytes = 0
  /** `flushedBytes` of the file are valid; what lies behind them is cut off at the next flush. */
  constructor(
    fs: Fs,
    cache: IndexCache,
    layout: IndexLayout,
    segment: { readonly path: string },
    flushedBytes: number,
  ) {
    this.#fs = fs
    this.#cache = cache
    this.#layout = layout
    this.#segment = segment
    this.#flushedBytes = flushedBytes
  }

  get path(): string {
    return (this.#path ??= indexPath(this.#segment.path, this.#layout))
  }

  get bytes(): number {
    return this.#flushedBytes + this.#tailBytes
  }

  get entries(): number {
    return this.bytes / this.#layout.entryBytes
  }

  append(key: number, value: number): void {
    const { entryBytes } = this.#layout
    const tail = this.#withRoom(entryBytes)
    this.#layout.write(tail, this.#tailBytes, key, value)
    this.#tailBytes += entryBytes
    if (this.#tailBytes === maxTailEntries * entryBytes) this.flush()
  }

  #withRoom(bytes: number): Buffer {
    const tail = (this.#tail ??= Buffer.allocUnsafeSlow(minTailEntries * bytes))
    if (this.#tailBytes < tail.length) return tail
    this.#tail = Buffer.allocUnsafeSlow(2 * tail.length)
    tail.copy(this.#tail)
    return this.#tail
  }

  get hasFile(): boolean {
    return this.#flushedBytes > 0
  }

  /** A file without entries. */
  create(): void {
    this.#fs.writeAtSync(this.path, noEntries, 0)
  }

  /** Writes in line, so that no entry can come in between; not synced, for it is a cache. */
  flush(): void {
    if (this.#tail === undefined) return
    this.#fs.writeAtSync(this.path, this.#tail.subarray(0, this.#tailBytes), this.#flushedBytes)
    this.#cache.delete(this.path)
    this.#flushedBytes += this.#tailBytes
    this.#tailBytes = 0
    this.#tail = undefined
  }

  /** The last entry whose key is `key` or lower. */
  async floor(key: number): Promise<IndexEntry | undefined> {
    const tail = this.#tail?.subarray(0, this.#tailBytes)
    if (tail !== undefined && tail.length > 0 && this.#layout.key(tail, 0) <= key) {
      return floorIn(tail, this.#layout, key)
    }
    if (this.#flushedBytes === 0) return undefined
    return floorIn(await this.#flushed(), this.#layout, key)
  }

  async #flushed(): Promise<Buffer> {
    const cached = this.#cache.get(this.path)
    if (cached !== undefined) return cached
    const expectedBytes = this.#flushedBytes
    const file = await this.#fs.readFile(this.path).catch((error: unknown) => {
      if (isMissing(error)) throw new IndexDamage(`${this.path} is missing`)
      throw error
    })
    const entries = file.subarray(0, expectedBytes)
    if (entries.length < expectedBytes || !isOrdered(entries, this.#layout)) {
      throw new IndexDamage(`${this.path} is damaged`)
    }
    if (this.#flushedBytes === expectedBytes) this.#cache.set(this.path, entries)
    return entries
  }
}

function floorIn(entries: Buffer, layout: IndexLayout, key: number): IndexEntry | undefined {
  let low = 0
  let high = entries.length / layout.entryBytes
  while (low < high) {
    const middle = (low + high) >>> 1
    if (layout.key(entries, middle * layout.entryBytes) <= key) low = middle + 1
    else high = middle
  }
  if (low === 0) return undefined
  const at = (low - 1) * layout.entryBytes
  return { key: layout.key(entries, at), value: layout.value(entries, at) }
}

function isOrdered(entries: Buffer, layout: IndexLayout): boolean {
  let key = -1
  let value = 0
  for (let at = 0; at < entries.length; at += layout.entryBytes) {
    if (layout.key(entries, at) <= key || layout.value(entries, at) < value) return false
    key = layout.key(entries, at)
    value = layout.value(entries, at)
  }
  return true
}

/** Index files that were read last, up to a number of bytes in sum. */
export class IndexCache {
  readonly #maxBytes: number
  /** The one that was used longest ago first. */
  readonly #files = new Map<string, Buffer>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(path: string): Buffer | undefined {
    const file = this.#files.get(path)
    if (file !== undefined) {
      this.#files.delete(path)
      this.#files.set(path, file)
    }
    return file
  }

  set(path: string, file: Buffer): void {
    this.delete(path)
    this.#files.set(path, file)
    this.#bytes += file.length
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.delete(oldest)
    }
  }

  delete(path: string): void {
    this.#bytes -= this.#files.get(path)?.length ?? 0
    this.#files.delete(path)
  }
}
