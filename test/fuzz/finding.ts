/** What a case has shown that must not be. */
export interface Finding {
  /** What it was for: the name of a decoder, or 'request'. */
  kind: string
  what: string
  /** The bytes that did it, as far as it is known which. */
  input: readonly Buffer[]
}

/** Cases of one seed, up to the first that has shown something. */
export interface Round {
  cases: number
  finding?: Finding
}

/** The event loop serves nobody for longer than this by one case at most. */
export const maxStallMs = 100

const { threadCpuUsage } = process as typeof process & {
  threadCpuUsage(): { user: number; system: number }
}

/** Processor time of this thread: other processes on the machine do not add to it. */
export function cpuMs(): number {
  const { user, system } = threadCpuUsage.call(process)
  return (user + system) / 1000
}

/** Does the work; tells how it failed, and the processor time of its longest turn. */
export async function watched(
  work: () => unknown,
): Promise<{ error: unknown; longestTurnMs: number }> {
  let lastMs = cpuMs()
  let longestTurnMs = 0
  let next: NodeJS.Immediate | undefined
  const endTurn = (): void => {
    const nowMs = cpuMs()
    longestTurnMs = Math.max(longestTurnMs, nowMs - lastMs)
    lastMs = nowMs
  }
  const watch = (): void => {
    endTurn()
    next = setImmediate(watch)
  }
  let failure: unknown
  try {
    const result = work()
    next = setImmediate(watch)
    await result
  } catch (error) {
    failure = error
  }
  clearImmediate(next)
  endTurn()
  return { error: failure, longestTurnMs }
}

export function whatIsWrong(
  error: unknown,
  isRefusal: (error: unknown) => boolean,
  longestTurnMs: number,
): string | undefined {
  if (longestTurnMs > maxStallMs) return `a turn took ${Math.round(longestTurnMs)} ms`
  if (error === undefined || isRefusal(error)) return undefined
  return error instanceof Error ? error.stack! : JSON.stringify(error)
}
