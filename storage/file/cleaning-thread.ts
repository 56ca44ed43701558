import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../partition-log.ts'
import type { CleanedSegment, CleaningJob } from './cleaning.ts'
import { DamageError } from './errors.ts'

/** What the thread answers; `cleaned` is undefined when there is nothing more. */
export type CleaningAnswer =
  | { cleaned: CleanedSegment | undefined }
  | { damage: Pick<DamageError, 'path' | 'position' | 'what'> }
  | { refusal: string }
  | { systemError: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'errno'> }

/**
 * Does the work of a compaction in a thread of its own, on the real file system: it is long, and
 * nobody waits for it. The thread ends with the job; when it is stopped it may leave a file.
 */
export async function* cleanInThread(
  job: CleaningJob,
  stop: AbortSignal,
): AsyncGenerator<CleanedSegment, void> {
  stop.throwIfAborted()
  const worker = new Worker(siblingUrl('cleaning-worker'), { workerData: job })
  try {
    for (;;) {
      const answered = once(worker, 'message', { signal: stop })
      worker.postMessage('next')
      const [answer] = (await answered) as [CleaningAnswer]
      if (!('cleaned' in answer)) throw errorOf(answer)
      if (answer.cleaned === undefined) return
      yield answer.cleaned
    }
  } finally {
    await worker.terminate()
  }
}

function errorOf(answer: Exclude<CleaningAnswer, { cleaned: unknown }>): Error {
  if ('damage' in answer) {
    const { path, position, what } = answer.damage
    return new DamageError(path, position, what)
  }
  if ('refusal' in answer) return new StorageError(answer.refusal)
  const { message, ...fields } = answer.systemError
  return Object.assign(new Error(message), fields)
}

/** A module beside this one: TypeScript in the repository, JavaScript in the package. */
function siblingUrl(name: string): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  return new URL(`./${name}${extension}`, import.meta.url)
}
