/**
 * CRC-32C (Castagnoli), the checksum of record batches. Small buffers and platforms without the
 * native module take the table; it is the faster one below some 200 bytes.
 */
import { createRequire } from 'node:module'

type Checksum = (buffer: Buffer, seed: number) => number

const nativeMinBytes = 256
const reversedPolynomial = 0x82f63b78

let native: Checksum | undefined
let tables: Uint32Array | undefined

/** `seed` is the checksum of what came before `buffer`; 0 for nothing. */
export function crc32c(buffer: Buffer, seed = 0): number {
  if (buffer.length < nativeMinBytes) return tableCrc32c(buffer, seed)
  native ??= loadNative() ?? tableCrc32c
  return native(buffer, seed)
}

/** Loaded at the first big buffer, so that a start does not pay for it. It may not be installed. */
export function loadNative(): Checksum | undefined {
  try {
    const load = createRequire(import.meta.url)
    return (load('@node-rs/crc32') as { crc32c: Checksum }).crc32c
  } catch {
    return undefined
  }
}

/** Slicing by eight: eight bytes for each round, each through a table of its own. */
export function tableCrc32c(buffer: Buffer, seed: number): number {
  const t = (tables ??= buildTables())
  const length = buffer.length
  let crc = ~seed
  let i = 0
  for (const end = length - 7; i < end; i += 8) {
    crc ^= buffer[i]! | (buffer[i + 1]! << 8) | (buffer[i + 2]! << 16) | (buffer[i + 3]! << 24)
    crc =
      t[1792 + (crc & 0xff)]! ^
      t[1536 + ((crc >>> 8) & 0xff)]! ^
      t[1280 + ((crc >>> 16) & 0xff)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + buffer[i + 4]!]! ^
      t[512 + buffer[i + 5]!]! ^
      t[256 + buffer[i + 6]!]! ^
      t[buffer[i + 7]!]!
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ t[(crc ^ buffer[i]!) & 0xff]!
  return ~crc >>> 0
}

/** Table k says what a byte does to the checksum k bytes further on. */
function buildTables(): Uint32Array {
  const built = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1
    built[byte] = crc
  }
  for (let i = 256; i < built.length; i++) {
    const previous = built[i - 256]!
    built[i] = (previous >>> 8) ^ built[previous & 0xff]!
  }
  return built
}
