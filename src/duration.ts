/** A time as people write it: milliseconds as a number, or '300ms', '2s', '1.5m', '2h', '7d'. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds, as a whole number; undefined for what is no duration, or a negative one. */
export function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return isDuration(duration) ? Math.round(duration) : undefined
  const parts =
    typeof duration === 'string' && /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration.trim())
  if (!parts) return undefined
  const ms = Number(parts[1]) * unitMs[parts[2]!]!
  return isDuration(ms) ? Math.round(ms) : undefined
}

const isDuration = (ms: number): boolean => ms >= 0 && ms <= Number.MAX_SAFE_INTEGER
