/** Times as people write them on a command line. */
import { durationMs } from '../duration.ts'
import { Failure } from './failure.ts'

/** A date, perhaps with a time; without a zone it is that of this machine. */
const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i

/**
 * Milliseconds since the epoch: of `2026-11-21T10:00`, of milliseconds, or of so long ago (`5m`).
 * Throws a Failure.
 */
export function timeOf(flag: string, text: string, nowMs: number): number {
  if (/^\d{1,16}$/.test(text)) return Number(text)
  const ago = /^\d/.test(text) ? durationMs(text) : undefined
  if (ago !== undefined) return nowMs - ago
  const parsed = iso.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN
  if (!Number.isNaN(parsed)) return parsed
  throw new Failure(
    `${flag} ${text}: not a time; write 5m (ago), 2026-11-21T10:00 or milliseconds since 1970`,
    2,
  )
}
