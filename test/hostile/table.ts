/**
 * Tables of requests that no good client sends, with what Apache Kafka 4.3.1 does. Each row has a
 * connection of its own; whatever it brings, the broker goes on to serve everybody, logs no error
 * of its own, needs no memory for it, and hangs up with one line in its log.
 */
import { expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { errorName } from '../../protocol/errors.ts'
import { readResponseHeader } from '../../protocol/header.ts'
import { Reader } from '../../protocol/wire.ts'
import type { Logger } from '../../src/logger.ts'
import { latest, onKafka, useBroker, type TestTopic } from '../handlers/wire.ts'
import { apis } from '../protocol/every-api.ts'
import { requestFrame, type RawClient } from '../raw-client.ts'

/** What a row can speak of. */
export interface Given {
  /** A topic of two partitions that all rows of a table share. */
  topic: TestTopic
  /** The name of a group that no other row knows. */
  group: string
  client: RawClient
}

type Bytes = Buffer | ((given: Given) => Buffer | Promise<Buffer>)

/**
 * The errors in a reply as they come, for instance 'INVALID_RECORD, CORRUPT_MESSAGE', or 'NONE';
 * ' | ' is between replies. 'closed' and 'no reply' are what they say.
 */
export type Outcome = string

export type Row = readonly [name: string, bytes: Bytes, expected: Outcome]

const probeId = 0x7070_7070
/** More than a busy test process grows by itself; far less than what hostile lengths ask for. */
const maxGrowthBytes = 100_000_000

interface LogLine {
  level: 'info' | 'warn' | 'error'
  details: object
}

/** A test for each row, on one broker. */
export function hostile(rows: readonly Row[]): void {
  const log: LogLine[] = []
  const wire = useBroker({}, { logger: recorder(log) })
  let topic: TestTopic | undefined
  let groups = 0

  it.each(rows)('%s', async (_, bytes, expected) => {
    topic ??= await wire.newTopic({ partitions: 2 })
    const group = `${topic.name}-${groups++}`
    const connection = await wire.connect()
    const sent =
      typeof bytes === 'function' ? await bytes({ topic, group, client: wire.client }) : bytes
    const before = process.memoryUsage()
    log.length = 0
    expect(await outcomeOf(connection, sent)).toBe(expected)
    expect(growthSince(before)).toBeLessThan(maxGrowthBytes)
    if (!onKafka) expect(log.filter(({ level }) => level !== 'info')).toEqual(complaints(expected))
    const { topics } = await wire.client.request(metadata, latest(metadata), {
      topics: [{ name: topic.name }],
    })
    expect(topics[0]).toMatchObject({ errorCode: 0, topicId: topic.id })
  })
}

function recorder(log: LogLine[]): Logger {
  const to =
    (level: LogLine['level']) =>
    (details: object): void =>
      void log.push({ level, details })
  return { debug: () => {}, info: to('info'), warn: to('warn'), error: to('error') }
}

/** Who hangs up says why. */
function complaints(expected: Outcome): unknown[] {
  const details = { peer: expect.stringMatching(/^127/), reason: expect.any(String) }
  return expected.endsWith('closed') ? [{ level: 'warn', details }] : []
}

/** Of what is resident, or of what was asked for and perhaps never touched. */
function growthSince(before: NodeJS.MemoryUsage): number {
  const { rss, external } = process.memoryUsage()
  return Math.max(rss - before.rss, external - before.external)
}

/** Sends the bytes, and behind them a request whose reply tells that all others have come. */
async function outcomeOf(client: RawClient, bytes: Buffer): Promise<Outcome> {
  const sent = requestsIn(bytes)
  const probe = requestFrame(apiVersions, 0, {}, probeId)
  const replies = [bytes, ...sent.slice(1).map(() => Buffer.alloc(0)), probe].map(part =>
    client.exchange(part).catch(() => undefined),
  )
  const outcomes: string[] = []
  for (const next of replies) {
    const reply = await next
    if (reply?.readInt32BE(0) === probeId) break
    outcomes.push(reply === undefined ? 'closed' : codesIn(reply, sent))
    if (reply === undefined) break
  }
  return outcomes.join(' | ') || 'no reply'
}

interface Sent {
  correlationId: number
  key: number
  version: number
}

function requestsIn(bytes: Buffer): Sent[] {
  const sent: Sent[] = []
  const requestStartBytes = 12
  let at = 0
  while (at >= 0 && at + requestStartBytes <= bytes.length) {
    const key = bytes.readInt16BE(at + 4)
    const version = bytes.readInt16BE(at + 6)
    sent.push({ correlationId: bytes.readInt32BE(at + 8), key, version })
    const size = bytes.readInt32BE(at)
    at = size < 0 ? -1 : at + 4 + size
  }
  return sent
}

function codesIn(reply: Buffer, sent: readonly Sent[]): string {
  const id = reply.readInt32BE(0)
  const { key, version } = sent.find(({ correlationId }) => correlationId === id)!
  const api = apis.find(one => one.key === key)!
  const [first, last] = api.versions
  // An unknown version of ApiVersions is answered in version 0 (KIP-511).
  const spoken = version < first || version > last ? 0 : version
  const reader = new Reader(reply)
  readResponseHeader(reader, api.hasFlexibleResponseHeader(spoken))
  const codes = [...errorCodes(api.responseCodec(spoken).decode(reader))].map(errorName)
  return codes.filter(code => code !== 'NONE').join(', ') || 'NONE'
}

function* errorCodes(value: unknown): Generator<number> {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return
  for (const [name, inner] of Object.entries(value)) {
    if (/errorCode$/i.test(name)) yield inner as number
    else yield* errorCodes(inner)
  }
}
