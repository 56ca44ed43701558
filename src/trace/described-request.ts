import { answerTexts, requestTexts, type TopicName } from './message-texts.ts'
import type { TracedRequest } from './trace.ts'

/** A request as plain data. */
export interface DescribedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The client's id. */
  readonly client: string
  /** The client's end of the connection: 'host:port'. */
  readonly connection: string
  /** The broker that got it. */
  readonly node: number
  readonly api: string
  readonly version: number
  /** What it asks for, in words: 'orders/0@41', 'group billing'. */
  readonly asks: readonly string[]
  /** What it was answered; empty before, and where there is no answer. */
  readonly answer: readonly string[]
  readonly state: 'waiting' | 'answered' | 'closed'
  /** Milliseconds until it was answered; null before. */
  readonly durationMs: number | null
  /** What was done to it on purpose, if anything was. */
  readonly interference: string | null
}

export function describeRequest(traced: TracedRequest, topicName: TopicName): DescribedRequest {
  const { at, clientId, clientHost, clientPort, nodeId, api, version, state, tookMs } = traced
  return {
    at,
    client: clientId,
    connection: `${clientHost.replace('/', '')}:${clientPort}`,
    node: nodeId,
    api,
    version,
    asks: requestTexts(traced.request, topicName),
    answer: answerTexts(traced.answer, topicName),
    state,
    durationMs: tookMs ?? null,
    interference: traced.interference?.mark ?? null,
  }
}

/**
 * A line for each, one under the other: the time (UTC), who, what, and after the arrow the answer,
 * how long it took, and what was done to it on purpose.
 */
export function requestLines(requests: readonly DescribedRequest[]): string[] {
  const cells = requests.map(request => [
    new Date(request.at).toISOString().slice(11, 23),
    `${request.client}@${request.connection.slice(request.connection.lastIndexOf(':') + 1)}`,
    `${request.api} v${request.version}`,
    request.asks.join(' '),
  ])
  const widths = [0, 1, 2, 3].map(column => {
    return Math.min(48, Math.max(0, ...cells.map(row => row[column]!.length)))
  })
  return requests.map((request, i) => {
    const asked = cells[i]!.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
    return `${asked} -> ${outcome(request)}`
  })
}

function outcome({ state, answer, durationMs, interference }: DescribedRequest): string {
  const mark = interference === null ? '' : `  [${interference}]`
  if (state === 'waiting') return `not answered yet${mark}`
  if (state === 'closed') return `never answered: the connection was closed${mark}`
  const text = answer.length === 0 ? 'no answer was asked for' : answer.join(' ')
  return `${text}  ${durationMs!.toFixed(1)} ms${mark}`
}
