/**
 * Loaded into a broker's process before the broker, to see from within what a client cannot: for
 * how long the event loop has served nobody, and what is in use after a garbage collection.
 */
import { cpuMs } from './finding.ts'

export interface Measurement {
  /** Processor time of the longest turn of the event loop since the last measurement. */
  stallMs: number
  heapBytes: number
  residentBytes: number
}

const everyMs = 2

let lastMs = cpuMs()
let stallMs = 0

// Between two of these lies one turn of the loop at most, and what is shorter than the interval.
setInterval(() => {
  const nowMs = cpuMs()
  stallMs = Math.max(stallMs, nowMs - lastMs)
  lastMs = nowMs
}, everyMs).unref()

process.on('message', (question: { collect: boolean }) => {
  const measured = Math.max(stallMs, cpuMs() - lastMs)
  if (question.collect) globalThis.gc!()
  const { heapUsed, external, rss } = process.memoryUsage()
  const answer: Measurement = {
    stallMs: measured,
    heapBytes: heapUsed + external,
    residentBytes: rss,
  }
  process.send!(answer)
  stallMs = 0
  lastMs = cpuMs()
})
process.channel?.unref()
