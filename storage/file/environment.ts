import type { Cleaner } from './cleaning.ts'
import type { Fs } from './fs.ts'
import type { IndexCache } from './index-file.ts'
import type { OpenFiles } from './open-files.ts'

/** What all logs of a store share. */
export interface Environment {
  readonly fs: Fs
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
  /** For what opens other files, and for recoveries: so many of them run at a time. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>
  /** Does the work of compactions. */
  readonly clean: Cleaner
  readonly durability: 'os' | 'disk'
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** An integer in [0, limit). */
  readonly randomBelow: (limit: number) => number
  /** For people: what was cut, and what went offline. */
  readonly log: (message: string) => void
}
