/** Reads record batches out of a segment file, checked as far as their headers go. */
import {
  baseOffset,
  batchesIn,
  batchHeaderBytes,
  batchSize,
  currentMagic,
  isWhole,
  lastOffset,
  lastOffsetDelta,
  magic,
} from '../../protocol/record-batch.ts'
import type { Allocate } from '../partition-log.ts'
import { readFully, type FsFile } from './fs.ts'

/** What a walk over a segment reads at a time: more would hold up what is read for clients. */
const walkBytes = 256 * 1024

/** Up to `maxBytes` of the file from `position` on. */
export async function readBytes(
  file: FsFile,
  position: number,
  maxBytes: number,
  allocate: Allocate = Buffer.allocUnsafeSlow,
): Promise<Buffer> {
  const buffer = allocate(maxBytes)
  const bytes = await readFully(file, buffer, position)
  return bytes === maxBytes ? buffer : buffer.subarray(0, bytes)
}

/**
 * The whole batches from `position` on, in one buffer: about 256 KiB of them, or one. Empty when
 * no whole batch follows below `end`. Only lengths are looked at.
 */
export async function readWholeBatches(
  file: FsFile,
  position: number,
  end: number,
): Promise<Buffer> {
  const left = end - position
  let buffer = await readBytes(file, position, Math.min(walkBytes, left))
  if (buffer.length >= batchHeaderBytes && !isWhole(buffer) && batchSize(buffer) <= left) {
    buffer = await readBytes(file, position, Math.max(batchSize(buffer), 0))
  }
  let bytes = 0
  for (const at of batchesIn(buffer)) bytes = at + batchSize(buffer, at)
  return buffer.subarray(0, bytes)
}

/** Why the header at `at` cannot follow in this log, or undefined when it can. */
export function headerProblem(buffer: Buffer, at: number, minOffset: number): string | undefined {
  if (magic(buffer, at) !== currentMagic) return `message format ${magic(buffer, at)}`
  if (batchSize(buffer, at) < batchHeaderBytes) return `batch of ${batchSize(buffer, at)} bytes`
  if (lastOffsetDelta(buffer, at) < 0) return `last offset delta ${lastOffsetDelta(buffer, at)}`
  const base = baseOffset(buffer, at)
  return base < minOffset ? `offset ${base} where ${minOffset} or more must follow` : undefined
}

interface Selection {
  /** Batches that contain `from` or follow it are at [start, stop) of the chunk; may be empty. */
  start: number
  stop: number
  /** The offset that follows them. */
  nextOffset: number
  /** Size of the batch at `stop` when the chunk holds its header, and only a part of it. */
  cutBatchBytes: number
  /** The batch at `stop` is at or above the limit. */
  atLimit: boolean
}

/**
 * Finds what a read may return of a chunk that begins with a batch: whole batches from the one that
 * reaches `from`, below `limit`, at most `maxBytes` or one. Throws the problem of a bad header.
 */
export function selectBatches(
  chunk: Buffer,
  { from, limit, maxBytes }: { from: number; limit: number; maxBytes: number },
  problem: (at: number, what: string) => Error,
): Selection {
  const found: Selection = { start: -1, stop: 0, nextOffset: 0, cutBatchBytes: 0, atLimit: false }
  while (found.stop + batchHeaderBytes <= chunk.length) {
    const at = found.stop
    const what = headerProblem(chunk, at, found.nextOffset)
    if (what !== undefined) throw problem(at, what)
    const size = batchSize(chunk, at)
    const last = lastOffset(chunk, at)
    if (last >= from) {
      found.atLimit = baseOffset(chunk, at) >= limit
      if (found.atLimit) break
      if (at + size > chunk.length) found.cutBatchBytes = size
      if (found.cutBatchBytes > 0 || (found.start >= 0 && at + size - found.start > maxBytes)) break
      if (found.start < 0) found.start = at
    }
    found.stop += size
    found.nextOffset = last + 1
  }
  if (found.start < 0) found.start = found.stop
  return found
}
