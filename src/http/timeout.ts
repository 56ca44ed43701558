import { InvalidInput } from '../admin/invalid-input.ts'
import { durationMs } from '../duration.ts'

/** Of what waits; nothing where nothing was given. Throws InvalidInput. */
export function timeoutMs(given: unknown): { timeout?: number } {
  if (given === undefined) return {}
  const timeout = durationMs(given)
  if (timeout !== undefined) return { timeout }
  throw new InvalidInput(`timeout is milliseconds, or '10s', not ${JSON.stringify(given)}`)
}
