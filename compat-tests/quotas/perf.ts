/** Kafka's own performance tools, as clients with and without a quota, and what they report. */
import type { Tools } from '../tools/tools.ts'

const recordBytes = 1000

/** Reports come each second: what was done in it. */
interface Second {
  endMs: number
  bytes: number
}

export interface Throttled {
  /** Bytes of records a second, over the rounds that count. */
  rate: number
  /** As the client itself tells it (produce-throttle-time-avg, fetch-throttle-time-avg), in ms. */
  throttleAvgMs: number
  throttleMaxMs: number
}

export interface Bystander {
  recordsPerSecond: number
  p50Ms: number
  p99Ms: number
}

/**
 * What counts of a client above its rate. A burst of ten seconds is free, and when it is forgotten
 * after eleven, there is room for another: the rate is right over a multiple of eleven seconds.
 */
export const counted = { fromMs: 11_000, untilMs: 55_000 }

/** Sends as fast as it may until it has sent what its quota has it send in about a minute. */
export async function produceThrottled(tools: Tools, topic: string, rate: number) {
  const records = Math.round((rate / recordBytes) * 67)
  const load = `--num-records ${records} --record-size ${recordBytes} --throughput -1`
  const told = '--reporting-interval 1000 --print-metrics --command-property client.id=throttled'
  const out = await tools.run(`kafka-producer-perf-test --topic ${topic} ${load} ${told}`)
  const seconds: Second[] = []
  let endMs = 0
  for (const [, count, perSecond] of out.matchAll(/^(\d+) records sent, ([\d.]+) records\/sec/gm)) {
    endMs += (Number(count) / Number(perSecond)) * 1000
    seconds.push({ endMs, bytes: Number(count) * recordBytes })
  }
  // The last line is the sum of all.
  return throttled(seconds.slice(0, -1), out, 'produce-throttle-time')
}

/** Reads as fast as it may what `fill` has put there. */
export async function consumeThrottled(tools: Tools, topic: string, rate: number) {
  const records = Math.round((rate / recordBytes) * 67)
  const told = '--show-detailed-stats --reporting-interval 1000 --print-metrics --hide-header'
  const as = '--command-property client.id=throttled --timeout 60000'
  // What is too much for the quota at once would make it a matter of seconds, not of bytes.
  const load = `--num-records ${records} --fetch-size 65536`
  const out = await tools.run(`kafka-consumer-perf-test --topic ${topic} ${load} ${told} ${as}`)
  const rows = out.split('\n').flatMap(line => {
    const [time, , megabytes, , , , rebalanceMs, fetchMs] = line.split(', ')
    const at = Date.parse(`${time?.replace(/:(\d{3})$/, '.$1')}Z`)
    if (Number.isNaN(at) || fetchMs === undefined) return []
    const sinceStartMs = Number(rebalanceMs) + Number(fetchMs)
    return [{ at, bytes: Number(megabytes) * 2 ** 20, sinceStartMs }]
  })
  const startMs = rows[0]!.at - rows[0]!.sinceStartMs
  const seconds = rows.map(({ at, bytes }, i) => {
    return { endMs: at - startMs, bytes: bytes - (rows[i - 1]?.bytes ?? 0) }
  })
  return throttled(seconds, out, 'fetch-throttle-time')
}

function throttled(seconds: readonly Second[], out: string, metric: string): Throttled {
  const from = seconds.findIndex(({ endMs }) => endMs >= counted.fromMs)
  const until = seconds.findIndex(({ endMs }) => endMs >= counted.untilMs)
  if (from < 0 || until < 0) throw new Error(`it did not take ${counted.untilMs} ms:\n${out}`)
  const bytes = seconds.slice(from + 1, until + 1).reduce((sum, second) => sum + second.bytes, 0)
  const ms = seconds[until]!.endMs - seconds[from]!.endMs
  const told = (what: string): number => {
    const [, value] = new RegExp(`${metric}-${what}:\\{[^}]*\\}\\s*: ([\\d.]+)`).exec(out) ?? []
    if (value === undefined) throw new Error(`no ${metric}-${what} in\n${out}`)
    return Number(value)
  }
  return { rate: (bytes / ms) * 1000, throttleAvgMs: told('avg'), throttleMaxMs: told('max') }
}

/** Sends a thousand records a second, as somebody who has no quota. */
export async function produceBystander(tools: Tools, topic: string, seconds: number) {
  const load = `--num-records ${1000 * seconds} --record-size ${recordBytes} --throughput 1000`
  const as = '--warmup-records 3000 --command-property client.id=bystander'
  const out = await tools.run(`kafka-producer-perf-test --topic ${topic} ${load} ${as}`)
  const last = out.trimEnd().split('\n').at(-1)!
  const [, perSecond] = /([\d.]+) records\/sec/.exec(last) ?? []
  const [, p50Ms] = /(\d+) ms 50th/.exec(last) ?? []
  const [, p99Ms] = /(\d+) ms 99th/.exec(last) ?? []
  if (p99Ms === undefined) throw new Error(`no latencies in\n${out}`)
  return { recordsPerSecond: Number(perSecond), p50Ms: Number(p50Ms), p99Ms: Number(p99Ms) }
}

/** Records for `consumeThrottled`. */
export async function fill(tools: Tools, topic: string, rate: number): Promise<void> {
  const records = Math.round((rate / recordBytes) * 67)
  const load = `--num-records ${records} --record-size ${recordBytes} --throughput -1`
  await tools.run(`kafka-producer-perf-test --topic ${topic} ${load}`)
}
