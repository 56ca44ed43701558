import { StorageError } from '../partition-log.ts'
import { isSystemError } from './fs.ts'

/** Stored bytes are not what was written: the log must not answer with what it cannot trust. */
export class DamageError extends StorageError {
  readonly path: string
  readonly position: number
  readonly what: string

  constructor(path: string, position: number, what: string) {
    super(`${path} is damaged at byte ${position}: ${what}`)
    this.path = path
    this.position = position
    this.what = what
  }
}

/** Errors of the operating system become StorageErrors that say what they spoilt; others stay. */
export function asStorageError(error: unknown, what: string): unknown {
  if (!isSystemError(error)) return error
  return new StorageError(`${what}: ${error.message}`, { cause: error })
}
