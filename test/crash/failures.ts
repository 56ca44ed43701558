import { ConnectionClosed } from '../raw-client.ts'

/** Of what was done side by side: why it ended, but for connections that the broker closed. */
export function failures(results: readonly PromiseSettledResult<unknown>[]): string[] {
  const rejected = results.filter(each => each.status === 'rejected')
  const reasons = rejected.map(({ reason }) => reason as Error)
  return reasons
    .filter(reason => !(reason instanceof ConnectionClosed))
    .map(({ message }) => message)
}
