/** The codecs that kafkajs leaves to plug in: its documentation names such packages for each. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'

const { CompressionCodecs, CompressionTypes } = kafkajs

interface Encoder {
  buffer: Buffer
}

/** Framing of snappy-java, which Java clients write and some brokers' clients pass on. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

export function plugInCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: Encoder) => snappy.compressSync(buffer),
    decompress: async (buffer: Buffer) => uncompressSnappy(buffer),
  })
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({ buffer }: Encoder) => lz4.compressFrameSync(buffer),
    decompress: async (buffer: Buffer) => lz4.decompressFrameSync(buffer),
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: Encoder) => zstdCompressSync(buffer),
    decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
  })
}

function uncompressSnappy(buffer: Buffer): Buffer {
  if (!buffer.subarray(0, xerialMagic.length).equals(xerialMagic)) return uncompressBlock(buffer)
  const blocks: Buffer[] = []
  for (let at = xerialHeaderBytes; at < buffer.length;) {
    const start = at + 4
    const end = start + buffer.readInt32BE(at)
    blocks.push(uncompressBlock(buffer.subarray(start, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

function uncompressBlock(block: Buffer): Buffer {
  return snappy.uncompressSync(block) as Buffer
}
