/** What it costs that a broker for development remembers the last requests. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { produce } from '../protocol/apis/00-produce.ts'
import { encodeRequest } from '../protocol/api.ts'
import { writeRequestHeader } from '../protocol/header.ts'
import { encodeBatch } from '../protocol/records.ts'
import { Writer } from '../protocol/wire.ts'
import { FrameReader } from '../src/frames.ts'
import type { Caller } from '../src/dispatch.ts'
import { systemClock } from '../src/clock.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { Trace } from '../src/trace/trace.ts'
import { shown } from './report.ts'
import type { Table } from './results.ts'
import { median } from './statistics.ts'

const topic = 'orders'
const version = 12
const inFlight = 32
const requestsInTurn = 2_000
const turnsInRound = 3
/** Java's clients send batches of so much at most, unless they are told otherwise. */
const batchBytes = 16_384

/**
 * Remembering alone is measured by itself: beside the rest, what the machine does meanwhile would
 * hide it. The share is of a request's whole way, client and broker in this process.
 */
export async function tracing({ rounds }: { rounds: number }): Promise<Table> {
  await using broker = await startBroker({ topics: { [topic]: {} } })
  await using sender = await Sender.open(broker)
  await sender.turn()
  const requestUs: number[] = []
  const rememberUs: number[] = []
  for (let turn = 0; turn < rounds * turnsInRound; turn++) {
    requestUs.push(await sender.turn())
    rememberUs.push(remember())
  }
  const [request, remembered] = [median(requestUs), median(rememberUs)]
  const share = (remembered / request) * 100
  return [
    ['', 'µs for a request', 'of it', 'target', 'reached'],
    ['Produce of 16 kB, 32 at a time', shown(request), '', '', ''],
    [
      'remembering it and its answer',
      shown(remembered),
      `${share.toFixed(2)} %`,
      '< 1 %',
      share < 1 ? 'yes' : '**no**',
    ],
  ]
}

/** Microseconds for one request, of many. */
function remember(): number {
  const times = 200_000
  const trace = new Trace(systemClock)
  const records = Buffer.alloc(batchBytes)
  const caller = { clientHost: '/127.0.0.1', clientPort: 1, nodeId: 0, closed: open } as Caller
  const answer = { responses: [] }
  const startMs = performance.now()
  for (let i = 0; i < times; i++) {
    const partitionData = [{ index: 0, records }]
    const request = { transactionalId: null, topicData: [{ name: topic, partitionData }] }
    trace.begin({ api: 'Produce', version, clientId: 'bench', request }, caller).answered(answer)
  }
  return ((performance.now() - startMs) / times) * 1_000
}

const open = new AbortController().signal

/** A connection that always has some requests under way. */
class Sender implements AsyncDisposable {
  readonly #socket: Socket
  readonly #frame: Buffer
  readonly #reader = new FrameReader(2 ** 20)
  #answered = 0
  #isDone: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#frame = produceFrame()
    socket.on('data', chunk => {
      for (const _ of this.#reader.push(chunk)) this.#next()
    })
  }

  static async open(broker: StartedBroker): Promise<Sender> {
    const [host, port] = broker.bootstrapServers.split(':')
    const socket = connect(Number(port), host)
    await once(socket, 'connect')
    socket.setNoDelay(true)
    return new Sender(socket)
  }

  /** Microseconds for each request. */
  async turn(): Promise<number> {
    this.#answered = 0
    const done = new Promise<void>(resolve => (this.#isDone = resolve))
    const startMs = performance.now()
    for (let i = 0; i < inFlight; i++) this.#socket.write(this.#frame)
    await done
    return ((performance.now() - startMs) / requestsInTurn) * 1_000
  }

  #next(): void {
    this.#answered++
    if (this.#answered <= requestsInTurn - inFlight) this.#socket.write(this.#frame)
    if (this.#answered === requestsInTurn) this.#isDone()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }
}

function produceFrame(): Buffer {
  const value = Buffer.alloc(batchBytes, 'x')
  const batch = encodeBatch({ records: [{ timestamp: 0, key: null, value, headers: [] }] })
  const body = encodeRequest(produce, version, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: batch }] }],
  })
  const writer = new Writer()
  writer.int32(0)
  const header = { apiKey: produce.key, apiVersion: version, correlationId: 1, clientId: 'bench' }
  writeRequestHeader(writer, header, produce.isFlexible(version))
  const frame = Buffer.concat([...writer.finish(), body])
  frame.writeInt32BE(frame.length - 4, 0)
  return frame
}
