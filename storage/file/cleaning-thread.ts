import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../partition-log.ts'
import type { CleanedSegment, CleaningJob } from './cleaning.ts'
import { DamageError } from './errors.ts'

/** A job begins with itself; then each 'next' asks for a segment. */
export type CleaningRequest = { job: CleaningJob } | 'next'

/** What the thread answers; `cleaned` is undefined when there is nothing more. */
export type CleaningAnswer =
  | { cleaned: CleanedSegment | undefined }
  | { damage: Pick<DamageError, 'path' | 'position' | 'what'> }
  | { refusal: string }
  | { systemError: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'errno'> }

/**
 * Does the work of compactions in a thread of its own, on the real file system: it is long, and
 * nobody waits for it. The thread stays for the next job, for what costs most is to load and
 * compile its code; one that is stopped ends, and may leave a file.
 */
export function cleaningThread(): (
  job: CleaningJob,
  stop: AbortSignal,
) => AsyncGenerator<CleanedSegment, void> {
  let idle: Worker | undefined

  return async function* clean(
    job: CleaningJob,
    stop: AbortSignal,
  ): AsyncGenerator<CleanedSegment, void> {
    stop.throwIfAborted()
    const worker = idle ?? new Worker(siblingUrl('cleaning-worker'))
    idle = undefined
    worker.ref()
    let isDone = false
    try {
      post(worker, { job })
      for (;;) {
        const answered = once(worker, 'message', { signal: stop })
        post(worker, 'next')
        const [answer] = (await answered) as [CleaningAnswer]
        if (!('cleaned' in answer)) throw errorOf(answer)
        isDone = answer.cleaned === undefined
        if (answer.cleaned === undefined) return
        yield answer.cleaned
      }
    } finally {
      if (isDone && idle === undefined) {
        worker.unref()
        idle = worker
      } else {
        await worker.terminate()
      }
    }
  }
}

function post(worker: Worker, request: CleaningRequest): void {
  worker.postMessage(request)
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
