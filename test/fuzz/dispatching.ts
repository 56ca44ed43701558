/** Requests to a broker in this process, without sockets: one after the other, on a still clock. */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { readResponseHeader } from '../../protocol/header.ts'
import { Reader, WireError } from '../../protocol/wire.ts'
import type { Api } from '../../protocol/api.ts'
import { anonymous } from '../../src/auth/principal.ts'
import { openBroker } from '../../src/broker.ts'
import { createConfig } from '../../src/config.ts'
import type { Caller, Dispatch, Reply } from '../../src/dispatch.ts'
import { Disconnect } from '../../src/handler.ts'
import { handlers } from '../../src/handlers/index.ts'
import type { Logger } from '../../src/logger.ts'
import type { Random } from '../../src/random.ts'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { requestFrame } from '../raw-client.ts'
import { Dice } from '../simulation/dice.ts'
import type { Corpus } from './corpus.ts'
import type { Coverage } from './coverage.ts'
import { watched, whatIsWrong, type Finding, type Round } from './finding.ts'
import { frameCase } from './frames.ts'
import { newTopics, withTopicIds } from './samples.ts'
import { damaged } from './spans.ts'
import { loadHandlers } from '../../src/served-api.ts'

export const requestKind = 'request'
const casesPerRound = 200
const sizeBytes = 4
/** So that what waits for a time gets on as well. */
const betweenCasesMs = 20
/** By the broker's clock and by ours, for some work is done in other threads meanwhile. */
const maxWaitMs = { broker: 120_000, real: 10_000 }

const settings = {
  'auto.create.topics.enable': 'false',
  'queued.max.response.bytes': '67108864',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
}
const { config } = createConfig(
  Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
)

// Nobody waits for a file while time stands still.
await loadHandlers(handlers)

/** One life of a broker, in which everything is as the seed has it. */
export class FuzzedBroker implements AsyncDisposable {
  readonly #clock = new ManualClock()
  readonly #errors: string[] = []
  #dispatch: Dispatch | undefined
  #close = async (): Promise<void> => {}
  topicIds: readonly Buffer[] = []

  static async open(seed: number): Promise<FuzzedBroker> {
    const fuzzed = new FuzzedBroker()
    await fuzzed.#open(seededPorts(new Dice(seed)))
    return fuzzed
  }

  async #open(random: Random): Promise<void> {
    const clock = this.#clock
    const complain = (details: { err?: Error }, message: string): void => {
      this.#errors.push(`${message}: ${details.err?.stack ?? JSON.stringify(details)}`)
    }
    const ignore = (): void => {}
    const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: complain }
    const broker = await openBroker({
      config,
      metadata: createMemoryMetadataStore(),
      logs: createMemoryLogStore(() => clock.now(), random.below),
      logger,
      clock,
      random,
      keepsProcessAlive: false,
      listen: ({ dispatch }) => {
        this.#dispatch = dispatch
        const done = async (): Promise<void> => {}
        return { addresses: [], open: done, renew: done, stop: done, start: done, close: done }
      },
    })
    this.#close = broker.close
    const created = await this.#request(createTopics, 7, { topics: newTopics })
    this.topicIds = created.topics.map(({ topicId }) => Buffer.from(topicId, 'base64url'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  /** The client is gone as soon as it has sent the request, so that nothing waits for long. */
  async take(frame: Buffer): Promise<Finding | undefined> {
    const { error, longestTurnMs } = await watched(async () => {
      await this.#answer(Buffer.from(frame))
      this.#clock.advance(betweenCasesMs)
    })
    const what = this.#errors.splice(0)[0] ?? whatIsWrong(error, isRefusal, longestTurnMs)
    return what === undefined ? undefined : { kind: requestKind, what, input: [frame] }
  }

  async #answer(frame: Buffer): Promise<Buffer> {
    const abort = new AbortController()
    const dispatched = this.#dispatch!(frame, caller(abort.signal))
    abort.abort()
    const parts = await this.#settled(dispatched.reply)
    dispatched.sent?.()
    return Buffer.concat(parts ?? [])
  }

  /** Time goes on meanwhile: what waits for it is answered, though nobody is there any more. */
  async #settled(reply: Reply | Promise<Reply>): Promise<Reply> {
    if (!(reply instanceof Promise)) return reply
    let isSettled = false
    const settle = (): void => void (isSettled = true)
    reply.then(settle, settle)
    const startMs = performance.now()
    for (let waitedMs = 0; ; waitedMs += betweenCasesMs) {
      await new Promise(resolve => setImmediate(resolve))
      if (isSettled) return reply
      const isLate = performance.now() - startMs > maxWaitMs.real
      if (isLate && waitedMs > maxWaitMs.broker) throw new Error(`no answer after ${waitedMs} ms`)
      this.#clock.advance(betweenCasesMs)
    }
  }

  async #request<RequestIn, Response, ResponseIn>(
    api: Api<unknown, RequestIn, Response, ResponseIn>,
    version: number,
    body: RequestIn,
  ): Promise<Response> {
    const reply = await this.#answer(requestFrame(api, version, body, 1).subarray(sizeBytes))
    const reader = new Reader(reply, sizeBytes)
    readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
    return api.responseCodec(version).decode(reader)
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof WireError || error instanceof Disconnect
}

function caller(closed: AbortSignal): Caller {
  return {
    clientHost: '/127.0.0.1',
    clientPort: 50_000,
    principal: anonymous,
    listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
    software: { name: 'fuzz', version: '1' },
    nodeId: 0,
    nodes: () => [{ id: 0, host: 'localhost', port: 9092 }],
    replyMemory: { reserve: ({ wantedBytes }) => wantedBytes, unreserve: () => {} },
    closed,
  }
}

function seededPorts(dice: Dice): Random {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => dice.below(16).toString(16)).join('')
  return {
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    id: () => Buffer.from(`40${hex(30)}`, 'hex').toString('base64url'),
    bytes: count => Buffer.from(hex(2 * count), 'hex'),
    below: limit => dice.below(limit),
  }
}

/** The cases of a seed: well-formed requests, damaged ones, and relatives of what is known. */
export function* requestCases(seed: number, corpus: Corpus): Generator<Buffer> {
  const known = corpus.of(requestKind)
  for (let i = 0; i < casesPerRound; i++) {
    const dice = new Dice(seed * casesPerRound + i)
    if (known.length === 0 || dice.chance(0.6)) yield frameCase(dice)
    else yield damaged({ bytes: dice.pick(known), spans: [] }, dice)
  }
}

/** A life, the cases of its seed; those that execute something new become part of the corpus. */
export async function dispatchRound(
  seed: number,
  corpus: Corpus,
  coverage?: Coverage,
): Promise<Round> {
  await using broker = await FuzzedBroker.open(seed)
  coverage?.fresh()
  let cases = 0
  for (const frame of requestCases(seed, corpus)) {
    cases++
    const finding = await broker.take(withTopicIds(frame, broker.topicIds))
    if (finding !== undefined) return { cases, finding }
    if (coverage !== undefined && coverage.fresh().size > 0) corpus.add(requestKind, frame)
  }
  return { cases }
}
