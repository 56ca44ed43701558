import type { Dispatched } from './dispatch.ts'

/**
 * A request that cannot begin yet. No other of its connection overtakes it, and what the connection
 * has to do after the reply is known when there is the reply, as ever.
 */
export function dispatchedLater(
  isReady: Promise<unknown>,
  clientId: string,
  begin: () => Dispatched,
): Dispatched {
  const later: Dispatched = { reply: undefined, overlaps: false, clientId }
  later.reply = isReady.then(async () => {
    const begun = begin()
    const reply = await begun.reply
    Object.assign(later, begun)
    return reply
  })
  return later
}
