/**
 * A thread that does one compaction after the other: each 'next' asks for another segment. It gives
 * way to all others: on Linux it has the lowest priority, and by choice it keeps to a rate.
 */
import os from 'node:os'
import { parentPort } from 'node:worker_threads'
import { StorageError } from '../partition-log.ts'
import { cleanSegments, type CleanedSegment } from './cleaning.ts'
import type { CleaningAnswer, CleaningRequest } from './cleaning-thread.ts'
import { DamageError } from './errors.ts'
import { isSystemError, nodeFs, type Fs } from './fs.ts'
import { Throttler } from './throttler.ts'

const port = parentPort!
// Whoever wants it to stop ends the thread.
const never = new AbortController().signal
let cleaned: AsyncGenerator<CleanedSegment, void>

// Elsewhere that would be the priority of the whole process.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_LOW)

port.on('message', (request: CleaningRequest) => {
  if (request !== 'next') {
    const { job } = request
    cleaned = cleanSegments(throttled(nodeFs, job.maxBytesPerSecond), job, never)
    return
  }
  cleaned.next().then(
    ({ done, value }) => {
      port.postMessage({ cleaned: done === true ? undefined : value } satisfies CleaningAnswer)
    },
    (error: unknown) => port.postMessage(failure(error)),
  )
})

/** What is read counts as well as what is written, as in Kafka (Cleaner). */
function throttled(fs: Fs, maxBytesPerSecond: number): Fs {
  const throttler = new Throttler(maxBytesPerSecond, performance.now())
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4))
  const passed = (bytes: number): number => {
    const restMs = throttler.restMs(bytes, performance.now())
    if (restMs > 0) Atomics.wait(nobodyWakes, 0, 0, restMs)
    return bytes
  }
  return {
    ...fs,
    async open(path, mode) {
      const file = await fs.open(path, mode)
      return {
        ...file,
        read: async (buffer, position) => passed(await file.read(buffer, position)),
        writev: async (buffers, position) => passed(await file.writev(buffers, position)),
      }
    },
  }
}

/** Errors lose their class on the way to another thread, and most of their fields. */
function failure(error: unknown): CleaningAnswer {
  if (error instanceof DamageError) {
    const { path, position, what } = error
    return { damage: { path, position, what } }
  }
  if (error instanceof StorageError) return { refusal: error.message }
  if (!isSystemError(error)) throw error
  const { message, code, errno } = error
  return { systemError: { message, code, errno } }
}
