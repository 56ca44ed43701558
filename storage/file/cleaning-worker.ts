/** A thread that does one compaction: each message asks for the next segment. */
import { parentPort, workerData } from 'node:worker_threads'
import { StorageError } from '../partition-log.ts'
import { cleanSegments, type CleaningJob } from './cleaning.ts'
import type { CleaningAnswer } from './cleaning-thread.ts'
import { DamageError } from './errors.ts'
import { isSystemError, nodeFs } from './fs.ts'

const port = parentPort!
// Whoever wants it to stop ends the thread.
const cleaned = cleanSegments(nodeFs, workerData as CleaningJob, new AbortController().signal)

port.on('message', () => {
  cleaned.next().then(
    ({ done, value }) => {
      port.postMessage({ cleaned: done === true ? undefined : value } satisfies CleaningAnswer)
    },
    (error: unknown) => port.postMessage(failure(error)),
  )
})

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
