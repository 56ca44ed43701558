/**
 * Finds what is good in a segment file that may be damaged anywhere: behind damage it looks for the
 * next batch that is whole and right, and goes on there.
 */
import {
  baseOffset,
  batchHeaderBytes,
  batchSize,
  currentMagic,
  lastOffset,
  lastOffsetDelta,
  magic,
} from '../../protocol/record-batch.ts'
import { maxInt32 } from '../segments.ts'
import { readBytes } from './batch-reader.ts'
import type { Fs, FsFile } from './fs.ts'
import { batchProblem } from './inspection.ts'
import type { SegmentFile } from './segment-files.ts'

/** Good batches, one behind the other. */
export interface Run {
  path: string
  position: number
  bytes: number
  firstOffset: number
  nextOffset: number
}

/** Bytes that are no good batch. */
export interface DamagedBytes {
  path: string
  position: number
  bytes: number
  isZero: boolean
}

export interface Salvaged {
  /** Of the file. */
  bytes: number
  /** Ascending. Between two of them are damaged bytes, or offsets that should not be missing. */
  runs: Run[]
  damaged: DamagedBytes[]
}

/** What is known of a segment besides its bytes. */
export interface SalvageHints extends SegmentFile {
  /** All of its offsets are below this one. */
  limit?: number | undefined
}

const scanBytes = 1024 * 1024
/** Batches that are asked whether the base offset of the one before them is right. */
const maxWitnesses = 4

/** Rejects only when the file cannot be read. */
export async function salvage(fs: Fs, path: string, hints: SalvageHints): Promise<Salvaged> {
  const file = await fs.open(path, 'r')
  try {
    return await new Scan(path, file, await file.size(), hints).run()
  } finally {
    await file.close()
  }
}

/** The batches of a run that lie in [from, to) as a whole; undefined when there are none. */
export async function clip(fs: Fs, run: Run, from: number, to: number): Promise<Run | undefined> {
  if (run.firstOffset >= from && run.nextOffset <= to) return run
  const file = await fs.open(run.path, 'r')
  let clipped: Run | undefined
  try {
    let position = run.position
    while (position < run.position + run.bytes) {
      const header = await readBytes(file, position, batchHeaderBytes)
      const bytes = batchSize(header)
      const next = lastOffset(header) + 1
      if (next > to) break
      if (baseOffset(header) >= from) {
        clipped ??= { ...run, position, bytes: 0, firstOffset: baseOffset(header) }
        clipped.bytes += bytes
        clipped.nextOffset = next
      }
      position += bytes
    }
  } finally {
    await file.close()
  }
  return clipped
}

interface Found {
  firstOffset: number
  nextOffset: number
  bytes: number
}

class Scan {
  readonly #path: string
  readonly #file: FsFile
  readonly #size: number
  readonly #limit: number
  /** Offsets are given without gaps; only what was compacted, or repaired, has some. */
  readonly #isDense: boolean
  readonly #result: Salvaged
  #chunk: Buffer = Buffer.alloc(0)
  #chunkAt = 0
  #next: number

  constructor(path: string, file: FsFile, size: number, hints: SalvageHints) {
    this.#path = path
    this.#file = file
    this.#size = size
    this.#limit = hints.limit ?? hints.baseOffset + maxInt32
    this.#isDense = hints.generation === 0
    this.#next = hints.baseOffset
    this.#result = { bytes: size, runs: [], damaged: [] }
  }

  async run(): Promise<Salvaged> {
    let position = 0
    while (position < this.#size) {
      const found = await this.#acceptableAt(position)
      if (found !== undefined) {
        this.#take(position, found)
        position += found.bytes
        continue
      }
      const end = await this.#nextGoodAfter(position)
      await this.#giveUp(position, end)
      position = end
    }
    return this.#result
  }

  #take(position: number, { firstOffset, nextOffset, bytes }: Found): void {
    const last = this.#result.runs.at(-1)
    const goesOn = last !== undefined && last.position + last.bytes === position
    if (goesOn && (!this.#isDense || firstOffset === this.#next)) {
      last.bytes += bytes
      last.nextOffset = nextOffset
    } else {
      this.#result.runs.push({ path: this.#path, position, bytes, firstOffset, nextOffset })
    }
    this.#next = nextOffset
  }

  /**
   * Base offsets are not in the range of the checksum. One that does not go on from the last batch
   * is believed when those behind it go on from there.
   */
  async #acceptableAt(position: number): Promise<Found | undefined> {
    const found = await this.#goodAt(position, this.#next)
    if (found === undefined) return undefined
    if (found.firstOffset === this.#next && !this.#endsDamage(position)) return found
    const isRight = this.#isDense
      ? await this.#isConfirmed(position, found)
      : !(await this.#isContradicted(position, found))
    return isRight ? found : undefined
  }

  async #isConfirmed(position: number, found: Found): Promise<boolean> {
    let at = position + found.bytes
    let expected = found.nextOffset
    for (let i = 0; i < maxWitnesses; i++) {
      const follower = await this.#goodAt(at, 0)
      if (follower === undefined) {
        // Damaged bytes had offsets.
        const isLater = this.#endsDamage(position) && found.firstOffset > this.#next
        return isLater || found.nextOffset === this.#limit
      }
      if (follower.firstOffset === expected) return true
      expected += follower.nextOffset - follower.firstOffset
      at += follower.bytes
    }
    return false
  }

  async #isContradicted(position: number, found: Found): Promise<boolean> {
    const follower = await this.#goodAt(position + found.bytes, this.#next)
    return follower !== undefined && follower.firstOffset < found.nextOffset
  }

  #endsDamage(position: number): boolean {
    const last = this.#result.damaged.at(-1)
    return last !== undefined && last.position + last.bytes === position
  }

  /** The batch at a position, if it is whole and right and its offsets are in range. */
  async #goodAt(position: number, minOffset: number): Promise<Found | undefined> {
    const header = await this.#bytesAt(position, batchHeaderBytes)
    if (header === undefined || !this.#isPlausible(header, 0, minOffset)) return undefined
    const batch = await this.#bytesAt(position, batchSize(header))
    if (batch === undefined || batchProblem(batch) !== undefined) return undefined
    return {
      firstOffset: baseOffset(batch),
      nextOffset: lastOffset(batch) + 1,
      bytes: batch.length,
    }
  }

  #isPlausible(buffer: Buffer, at: number, minOffset: number): boolean {
    if (magic(buffer, at) !== currentMagic || batchSize(buffer, at) < batchHeaderBytes) return false
    return (
      lastOffsetDelta(buffer, at) >= 0 &&
      baseOffset(buffer, at) >= minOffset &&
      lastOffset(buffer, at) < this.#limit
    )
  }

  /**
   * Where the next good batch begins, or the end of the file. First behind the damaged one, as long
   * as it says: its records may hold what looks like a batch.
   */
  async #nextGoodAfter(position: number): Promise<number> {
    const header = await this.#bytesAt(position, batchHeaderBytes)
    const claimed = header === undefined ? 0 : batchSize(header)
    if (claimed >= batchHeaderBytes) {
      if (position + claimed === this.#size) return this.#size
      if (await this.#goodAt(position + claimed, this.#next)) return position + claimed
    }
    let at = position + 1
    while (at + batchHeaderBytes <= this.#size) {
      const chunk = await this.#bytesAt(at, Math.min(scanBytes, this.#size - at))
      if (chunk === undefined) break
      const last = chunk.length - batchHeaderBytes
      for (let i = 0; i <= last; i++) {
        if (chunk[i + 16] !== currentMagic || !this.#isPlausible(chunk, i, this.#next)) continue
        if (await this.#goodAt(at + i, this.#next)) return at + i
      }
      at += last + 1
    }
    return this.#size
  }

  async #giveUp(position: number, end: number): Promise<void> {
    const { damaged } = this.#result
    let isZero = true
    for (let at = position; at < end && isZero; at += scanBytes) {
      const bytes = await this.#bytesAt(at, Math.min(scanBytes, end - at))
      isZero = bytes?.every(byte => byte === 0) ?? false
    }
    const last = damaged.at(-1)
    if (last !== undefined && last.position + last.bytes === position) {
      last.bytes += end - position
      last.isZero &&= isZero
    } else damaged.push({ path: this.#path, position, bytes: end - position, isZero })
  }

  /** Undefined unless the file has all of them. */
  async #bytesAt(position: number, bytes: number): Promise<Buffer | undefined> {
    if (bytes < 0 || position + bytes > this.#size) return undefined
    const chunkEnd = this.#chunkAt + this.#chunk.length
    if (position < this.#chunkAt || position + bytes > chunkEnd) {
      const wanted = Math.min(Math.max(bytes, scanBytes), this.#size - position)
      this.#chunk = await readBytes(this.#file, position, wanted)
      this.#chunkAt = position
    }
    const at = position - this.#chunkAt
    return at + bytes > this.#chunk.length ? undefined : this.#chunk.subarray(at, at + bytes)
  }
}
