/** What a command does at Ctrl-C before it ends: leaves its group, aborts its transaction. */

/** In the order in which it is done. */
const closing = new Set<() => Promise<unknown>>()

/** Gives what takes it back. */
export function onInterrupt(close: () => Promise<unknown>): () => void {
  closing.add(close)
  return () => closing.delete(close)
}

/** Resolves when all has been done, or has failed. */
export async function closeInterrupted(): Promise<void> {
  await Promise.allSettled(Array.from(closing, close => close()))
}
