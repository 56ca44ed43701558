/**
 * The compressions of record batches, by Kafka's CompressionType id. The output of decompression is
 * limited, because a few bytes can ask for gigabytes (CVE-2023-34455). A megabyte takes from two
 * milliseconds (lz4) to eleven (gzip): whoever serves clients meanwhile has it done apart.
 */
import { createRequire } from 'node:module'
import type { ZstdOptions } from 'node:zlib'
import type * as Lz4 from 'lz4-napi'
import type * as Snappy from 'snappy'
import { zlib } from './builtins.ts'
import { KafkaError } from './errors.ts'
import { Reader } from './wire.ts'

interface Codec {
  name: string
  /** What compressed data begins with, where there is such a thing. */
  magic?: Buffer
  /** The level's meaning is the codec's own; those that have none leave it. */
  compress(data: Buffer, level?: number): Buffer
  /** May throw anything when the data is damaged. */
  decompress(data: Buffer, maxBytes: number): Buffer
  /** The same two in another thread. */
  compressApart(data: Buffer, level?: number): Promise<Buffer>
  decompressApart(data: Buffer, maxBytes: number): Promise<Buffer>
}

const none: Codec = {
  name: 'none',
  compress: data => data,
  decompress: withinLimit,
  compressApart: data => Promise.resolve(data),
  decompressApart: async (data, maxBytes) => Promise.resolve(withinLimit(data, maxBytes)),
}

type Done = (error: Error | null, result: Buffer) => void

/** What calls back as a promise: node:util would be loaded for nothing else. */
function promised(run: (done: Done) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    run((error, result) => (error === null ? resolve(result) : reject(error)))
  })
}

const gzip: Codec = {
  name: 'gzip',
  magic: Buffer.from([0x1f, 0x8b, 0x08]),
  compress: (data, level) => zlib().gzipSync(data, { level }),
  decompress: (data, maxBytes) => zlib().gunzipSync(data, { maxOutputLength: maxBytes }),
  compressApart: (data, level) => promised(done => zlib().gzip(data, { level }, done)),
  decompressApart: (data, maxBytes) =>
    promised(done => zlib().gunzip(data, { maxOutputLength: maxBytes }, done)),
}

const zstdLevel = (level: number | undefined): ZstdOptions =>
  level === undefined ? {} : { params: { [zlib().constants.ZSTD_c_compressionLevel]: level } }

const zstd: Codec = {
  name: 'zstd',
  magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  compress: (data, level) => zlib().zstdCompressSync(data, zstdLevel(level)),
  decompress: (data, maxBytes) => zlib().zstdDecompressSync(data, { maxOutputLength: maxBytes }),
  compressApart: (data, level) =>
    promised(done => zlib().zstdCompress(data, zstdLevel(level), done)),
  decompressApart: (data, maxBytes) =>
    promised(done => zlib().zstdDecompress(data, { maxOutputLength: maxBytes }, done)),
}

const load = createRequire(import.meta.url)

/** The packages are loaded at their first use: most processes never meet these formats. */
const snappyPackage = (): typeof Snappy => load('snappy') as typeof Snappy
const lz4Package = (): typeof Lz4 => load('lz4-napi') as typeof Lz4

/** The framing of snappy-java: magic, version and compatible version, then blocks with lengths. */
const xerialHeader = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')
const xerialMagicBytes = 8
const xerialBlockBytes = 32 * 1024

const snappy: Codec = {
  name: 'snappy',
  compress: data => framed(chunks(data).map(chunk => snappyPackage().compressSync(chunk))),
  decompress: (data, maxBytes) =>
    Buffer.concat(
      snappyBlocks(data, maxBytes).map(block => snappyPackage().uncompressSync(block) as Buffer),
    ),
  compressApart: async data =>
    framed(await Promise.all(chunks(data).map(chunk => snappyPackage().compress(chunk)))),
  decompressApart: async (data, maxBytes) =>
    Buffer.concat(
      await Promise.all(
        snappyBlocks(data, maxBytes).map(
          block => snappyPackage().uncompress(block) as Promise<Buffer>,
        ),
      ),
    ),
}

function chunks(data: Buffer): Buffer[] {
  const count = Math.ceil(data.length / xerialBlockBytes)
  return Array.from({ length: count }, (_, i) =>
    data.subarray(i * xerialBlockBytes, (i + 1) * xerialBlockBytes),
  )
}

function framed(blocks: readonly Buffer[]): Buffer {
  const parts = blocks.flatMap(block => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([xerialHeader, ...parts])
}

function snappyBlocks(data: Buffer, maxBytes: number): Buffer[] {
  const blocks = unframed(data)
  let bytes = 0
  // A block begins with its uncompressed length.
  for (const block of blocks) bytes += new Reader(block).uvarint() >>> 0
  if (bytes > maxBytes) throw new OutputLimitError()
  return blocks
}

/** Without the framing (as librdkafka sends it) the data is one block. */
function unframed(data: Buffer): Buffer[] {
  const magic = xerialHeader.subarray(0, xerialMagicBytes)
  if (!data.subarray(0, xerialMagicBytes).equals(magic)) return [data]
  const reader = new Reader(data)
  reader.skip(xerialHeader.length)
  const blocks: Buffer[] = []
  while (reader.remaining > 0) blocks.push(reader.view(reader.int32()))
  return blocks
}

const lz4: Codec = {
  name: 'lz4',
  magic: Buffer.from([0x04, 0x22, 0x4d, 0x18]),
  compress: data => lz4Package().compressFrameSync(data),
  decompress(data, maxBytes) {
    checkLz4Bound(data, maxBytes)
    return withinLimit(lz4Package().decompressFrameSync(data), maxBytes)
  },
  compressApart: data => lz4Package().compressFrame(data),
  async decompressApart(data, maxBytes) {
    checkLz4Bound(data, maxBytes)
    return withinLimit(await lz4Package().decompressFrame(data), maxBytes)
  },
}

/** The bound is too high by less than a block where all blocks but the last are full. */
function checkLz4Bound(data: Buffer, maxBytes: number): void {
  const { atMostBytes, blockBytes } = lz4Bound(data)
  if (atMostBytes > maxBytes + blockBytes) throw new OutputLimitError()
}

function withinLimit(result: Buffer, maxBytes: number): Buffer {
  if (result.length > maxBytes) throw new OutputLimitError()
  return result
}

/** No byte of an LZ4 block stands for more than 255 bytes of output. */
const lz4MaxRatio = 255

/**
 * What an LZ4 frame can become at most, and the size of its full blocks, without decompressing it
 * (LZ4 frame format 1.6). Checksums are left to the package.
 */
function lz4Bound(frame: Buffer): { atMostBytes: number; blockBytes: number } {
  const reader = new Reader(frame)
  reader.skip(4)
  const flags = reader.int8()
  const blockBytes = 2 ** (8 + 2 * ((reader.int8() >> 4) & 0x07))
  const contentSizeBytes = flags & 0x08 ? 8 : 0
  const dictionaryIdBytes = flags & 0x01 ? 4 : 0
  const blockChecksumBytes = flags & 0x10 ? 4 : 0
  reader.skip(contentSizeBytes + dictionaryIdBytes + 1)
  let atMostBytes = 0
  for (;;) {
    const field = frame.readUInt32LE(reader.skip(4))
    if (field === 0) return { atMostBytes, blockBytes }
    const isStored = field >= 0x80000000
    const bytes = field & 0x7fffffff
    atMostBytes += isStored ? bytes : Math.min(blockBytes, bytes * lz4MaxRatio)
    reader.skip(bytes + blockChecksumBytes)
  }
}

const codecs: readonly Codec[] = [none, gzip, snappy, lz4, zstd]

/** Whether the data begins as data of this compression does; snappy's may begin with anything. */
export function hasMagic(id: number, data: Buffer): boolean {
  const { magic } = codecOf(id)
  return magic === undefined || data.subarray(0, magic.length).equals(magic)
}

/** Errors: UNSUPPORTED_COMPRESSION_TYPE. */
export function compress(id: number, data: Buffer): Buffer {
  return codecOf(id).compress(data)
}

/**
 * Errors: MESSAGE_TOO_LARGE when the result would be larger than `maxBytes`, CORRUPT_MESSAGE when
 * the data is damaged, UNSUPPORTED_COMPRESSION_TYPE.
 */
export function decompress(id: number, data: Buffer, maxBytes: number): Buffer {
  const codec = codecOf(id)
  try {
    return codec.decompress(data, maxBytes)
  } catch (error) {
    throw refusal(error, codec, data, maxBytes)
  }
}

/** Less is done before another thread would know of it. */
const apartBytes = 4096

/**
 * The same in another thread, at a level that the codec knows (gzip -1 to 9, zstd up to 22; lz4
 * and snappy have one only).
 */
export async function compressApart(id: number, data: Buffer, level?: number): Promise<Buffer> {
  const codec = codecOf(id)
  return data.length < apartBytes ? codec.compress(data, level) : codec.compressApart(data, level)
}

/** As `decompress`, in another thread. */
export async function decompressApart(id: number, data: Buffer, maxBytes: number): Promise<Buffer> {
  if (data.length < apartBytes) return decompress(id, data, maxBytes)
  const codec = codecOf(id)
  try {
    return await codec.decompressApart(data, maxBytes)
  } catch (error) {
    throw refusal(error, codec, data, maxBytes)
  }
}

function refusal(error: unknown, { name }: Codec, data: Buffer, maxBytes: number): KafkaError {
  if (!isOutputLimit(error)) {
    return new KafkaError('CORRUPT_MESSAGE', `not ${name}: ${(error as Error).message}`)
  }
  const message = `${data.length} bytes of ${name} become more than ${maxBytes} bytes`
  return new KafkaError('MESSAGE_TOO_LARGE', message)
}

class OutputLimitError extends Error {}

/** Ours, or what node:zlib throws past `maxOutputLength`. */
function isOutputLimit(error: unknown): boolean {
  if (error instanceof OutputLimitError) return true
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}

function codecOf(id: number): Codec {
  const codec = codecs[id]
  if (codec === undefined) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `no compression has the id ${id}`)
  }
  return codec
}
