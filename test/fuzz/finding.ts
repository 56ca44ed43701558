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
