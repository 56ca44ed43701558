import { StorageError } from '../partition-log.ts'
import { isSystemError, type Fs } from './fs.ts'

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

/** The same for errors of any kind. */
export function storageError(error: unknown, what: string): StorageError {
  const reason = asStorageError(error, what)
  if (reason instanceof StorageError) return reason
  return new StorageError(String(reason), { cause: reason })
}

/** The volume, or what the user may have of it, is used up. */
export function isOutOfSpace(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** As asStorageError; where there is no space left, with how much there is and what to do. */
export async function explained(
  fs: Pick<Fs, 'space'>,
  directory: string,
  error: unknown,
  what: string,
): Promise<unknown> {
  const reason = asStorageError(error, what)
  if (!isOutOfSpace(error) || !(reason instanceof StorageError)) return reason
  return new StorageError(await withSpace(fs, directory, reason.message), { cause: error })
}

/** Tells people why a log went offline. */
export function announce(
  { fs, log }: { fs: Pick<Fs, 'space'>; log: (message: string) => void },
  directory: string,
  { message, cause }: StorageError,
): void {
  if (isOutOfSpace(cause)) void withSpace(fs, directory, message).then(log)
  else log(message)
}

async function withSpace(
  fs: Pick<Fs, 'space'>,
  directory: string,
  message: string,
): Promise<string> {
  const space = await fs.space(directory).catch(() => undefined)
  if (space === undefined) return message
  const [free, all] = [space.usableBytes, space.totalBytes].map(
    bytes => `${(bytes / bytesPerMegabyte).toFixed(1)} MB`,
  )
  return `${message}: ${free} of ${all} are free there. ${remedy}`
}

const remedy =
  'Make room; what is offline comes back when the broker starts, or when a leader of the' +
  ' partition is elected (kafka-leader-election)'
const bytesPerMegabyte = 1_000_000
