/**
 * One sync for all who wait: a sync covers what was written before it began, so whoever asks while
 * one runs shares the next one.
 */
export function groupCommit(sync: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function run(before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined)
    running = next
    next = undefined
    await sync()
  }

  return () => (next ??= run(running))
}
