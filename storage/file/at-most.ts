/** Runs tasks, at most so many of them at a time; the others wait in order. */
export function atMost(max: number): <T>(run: () => Promise<T>) => Promise<T> {
  // A set: to take the first out of a long array is to move all others.
  const waiting = new Set<() => void>()
  let running = 0

  function next(): void {
    for (const begin of waiting) {
      waiting.delete(begin)
      return begin()
    }
    running--
  }

  return async run => {
    if (running === max) await new Promise<void>(resolve => waiting.add(resolve))
    else running++
    try {
      return await run()
    } finally {
      next()
    }
  }
}
