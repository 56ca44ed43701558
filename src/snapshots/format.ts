/**
 * The file of a snapshot: a magic number and the version of the format, then blocks. Each block is
 * its type, its length, the CRC-32C of what follows, and that, compressed by zstd where it is worth
 * it; the last block says that nothing is missing. docs/snapshots.md describes it for others. Pure.
 */
import { compress, decompress } from '../../protocol/compression.ts'
import { crc32c } from '../../protocol/crc32c.ts'
import { InvalidInput } from '../admin/invalid-input.ts'

const magic = Buffer.from('ODRADEK\0')
const formatVersion = 1
const startBytes = magic.length + 4
const blockHeadBytes = 12
/** What blocks hold at most before they are compressed, so that damage asks for no memory. */
const maxBlockBytes = 256 * 1024 * 1024

/** A number in the file. */
const types = { end: 0, facts: 1, rows: 2, log: 3, batches: 4 } as const
export type BlockType = keyof typeof types
const names = new Map<number, BlockType>(
  Object.entries(types).map(([name, type]) => [type, name as BlockType]),
)

export interface Block {
  type: BlockType
  content: Buffer
}

/** Kafka's number of zstd, which the codecs of record batches go by. */
const zstd = 4
const compressedFlag = 0x80
/** Less gains nothing. */
const smallestCompressedBytes = 256

export function encodeStart(): Buffer {
  const start = Buffer.alloc(startBytes)
  magic.copy(start)
  start.writeUInt32BE(formatVersion, magic.length)
  return start
}

export function encodeBlock({ type, content }: Block): Buffer {
  const packed = content.length < smallestCompressedBytes ? content : compress(zstd, content)
  const isCompressed = packed.length < content.length
  const stored = isCompressed ? packed : content
  const head = Buffer.alloc(blockHeadBytes)
  head.writeUInt8(types[type] | (isCompressed ? compressedFlag : 0), 0)
  head.writeUInt32BE(stored.length, 4)
  head.writeUInt32BE(crc32c(stored), 8)
  return Buffer.concat([head, stored])
}

/** The blocks up to the last one. Throws InvalidInput for what is no whole snapshot. */
export async function* decodeBlocks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Block> {
  const input = new Input(chunks)
  checkStart(await input.take(startBytes))
  for (;;) {
    const at = input.position
    const head = (await input.take(blockHeadBytes)) ?? cutOff(input)
    const type = names.get(head.readUInt8(0) & ~compressedFlag)
    const length = head.readUInt32BE(4)
    if (type === undefined || length > maxBlockBytes) throw damaged(at)
    const stored = (await input.take(length)) ?? cutOff(input)
    if (crc32c(stored) !== head.readUInt32BE(8)) throw damaged(at)
    if (type === 'end') return
    const isCompressed = (head.readUInt8(0) & compressedFlag) !== 0
    yield { type, content: isCompressed ? opened(stored, at) : stored }
  }
}

function checkStart(start: Buffer | undefined): void {
  if (start === undefined || !start.subarray(0, magic.length).equals(magic)) {
    throw new InvalidInput('not a snapshot: `odradek snapshot save FILE` makes one')
  }
  const version = start.readUInt32BE(magic.length)
  if (version === formatVersion) return
  throw new InvalidInput(
    `a snapshot of format ${version}; this version of odradek knows format ${formatVersion}:` +
      ' load it with the version that made it, or a newer one',
  )
}

function opened(stored: Buffer, at: number): Buffer {
  try {
    return decompress(zstd, stored, maxBlockBytes)
  } catch {
    throw damaged(at)
  }
}

function damaged(at: number): InvalidInput {
  return new InvalidInput(`the snapshot is damaged at byte ${at}: use another copy of it`)
}

function cutOff({ length }: Input): never {
  throw new InvalidInput(`the snapshot is cut off at byte ${length}: use a whole copy of it`)
}

/** Bytes that come in chunks, taken in pieces. */
class Input {
  /** Of the next byte that is taken. */
  position = 0
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #waiting: Buffer[] = []
  #bytes = 0

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Of what has come so far. */
  get length(): number {
    return this.position + this.#bytes
  }

  /** The next bytes; undefined where there are not so many. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#bytes < count) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      const chunk = next.value
      this.#waiting.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
      this.#bytes += chunk.length
    }
    const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting)
    const rest = all.subarray(count)
    this.#waiting = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    this.position += count
    return all.subarray(0, count)
  }
}
