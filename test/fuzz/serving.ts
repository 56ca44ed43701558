/** A running broker: damaged requests over several connections at once, and one that is served. */
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { readLog } from '../crash/log-reader.ts'
import { batchOf } from '../handlers/batches.ts'
import { produceTo } from '../handlers/requests.ts'
import { frameOf, RawClient, requestFrame } from '../raw-client.ts'
import { Dice } from '../simulation/dice.ts'
import { cleanUp } from './clean-up.ts'
import type { Corpus } from './corpus.ts'
import { requestCases, requestKind } from './dispatching.ts'
import { maxStallMs, type Finding, type Round } from './finding.ts'
import { token } from './payloads.ts'
import type { Measurement } from './probe.ts'
import { newTopics, topicNames, withTopicIds } from './samples.ts'
import { ProbedServer } from './server.ts'

const connectionsAtOnce = 8
const mostOnAConnection = 4
const answerMs = 10_000
/** Then all is loaded and cached that ever will be; measured is what comes later. */
const warmRounds = 100
const settlingRounds = 20
const maxGrowthBytes = {
  heap: 16_000_000,
  /** The allocator keeps what open batches took: with nothing but these, it levels off there. */
  resident: 600_000_000,
}
/** Names that no case has. */
const kept = { topic: 'kept-for-the-bystander', partition: 0 }

/** What a request may rightly create must not count as a leak, nor a member that has gone. */
const settings = [
  'auto.create.topics.enable=false',
  'group.evict.on.disconnect=true',
  'listeners=PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
  'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,OAUTHBEARER',
  'sasl.oauthbearer.unsecured.enable=true',
  'connection.failed.authentication.delay.ms=0',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config=' +
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret";',
].flatMap(setting => ['--set', setting])

const handshakes = ['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER'].map(mechanism =>
  requestFrame(saslHandshake, 1, { mechanism }, 1),
)
const bareHandshake = requestFrame(saslHandshake, 0, { mechanism: 'PLAIN' }, 1)
const asAlice = requestFrame(
  saslAuthenticate,
  2,
  { authBytes: Buffer.from('\0alice\0alice-secret') },
  2,
)

/** How far clients of the listener with SASL have got when they begin to misbehave. */
const beginnings: readonly Buffer[] = [
  Buffer.alloc(0),
  ...handshakes,
  bareHandshake,
  Buffer.concat([handshakes[0]!, asAlice]),
  Buffer.concat([handshakes[0]!, asAlice]),
]

export class Serving implements AsyncDisposable {
  readonly #server: ProbedServer
  readonly #bystander: RawClient
  readonly #corpus: Corpus
  #records = 0
  #longestStallMs = 0
  #rounds = 0
  /** After `warmRounds`. */
  #warm: Measurement | undefined

  private constructor(server: ProbedServer, bystander: RawClient, corpus: Corpus) {
    this.#server = server
    this.#bystander = bystander
    this.#corpus = corpus
  }

  static async start(corpus: Corpus): Promise<Serving> {
    const server = await ProbedServer.start(...settings)
    const bystander = await RawClient.connect(server.addresses[0]!)
    // A start may take its time.
    await server.measure()
    return new Serving(server, bystander, corpus)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bystander[Symbol.asyncDispose]()
    await this.#server[Symbol.asyncDispose]()
  }

  /** The cases of a seed, and then what must hold. */
  async round(seed: number): Promise<Round> {
    // The last round may have deleted them.
    await this.#bystander.request(createTopics, 7, { topics: newTopics })
    const ids = await Promise.all(topicNames.map(name => this.#idOf(name)))
    const frames = [...requestCases(seed, this.#corpus)].map(frame =>
      withTopicIds(
        frame,
        ids.map(id => Buffer.from(id, 'base64url')),
      ),
    )
    const left = [...frames]
    const dice = new Dice(seed)
    const lane = async (): Promise<void> => {
      while (left.length > 0) {
        const some = left.splice(0, dice.between(1, mostOnAConnection))
        await this.#send(
          some.map(frame => frameOf(frame)),
          dice,
        )
      }
    }
    const lanes = Array.from({ length: connectionsAtOnce }, lane)
    const what = await within(Promise.all(lanes).then(() => this.#wrong()))
    if (++this.#rounds === warmRounds) this.#warm = await this.#memory()
    const cases = frames.length
    return what === undefined
      ? { cases }
      : { cases, finding: { kind: requestKind, what, input: frames } }
  }

  /** Half of the time to those who need not authenticate themselves. */
  async #send(frames: readonly Buffer[], dice: Dice): Promise<void> {
    const [plain, sasl] = this.#server.addresses
    const isSasl = dice.chance(0.5)
    const tokens = isSasl && dice.chance(0.3) ? [saslToken(dice)] : []
    await using client = await RawClient.connect(isSasl ? sasl! : plain!)
    const beginning = isSasl ? dice.pick(beginnings) : Buffer.alloc(0)
    client.write(Buffer.concat([beginning, ...tokens, ...frames]))
    client.end()
    await client.closed
  }

  async #wrong(): Promise<string | undefined> {
    if (this.#server.hasEnded) return `the broker has ended: ${this.#server.takeErrors().join(' ')}`
    const { stallMs } = await this.#server.measure()
    this.#longestStallMs = Math.max(this.#longestStallMs, stallMs)
    if (stallMs > maxStallMs) return `the event loop stood still for ${Math.round(stallMs)} ms`
    const [error] = this.#server.takeErrors()
    if (error !== undefined) return error
    return this.#harmed()
  }

  /** The bystander writes one more record, and reads all. */
  async #harmed(): Promise<string | undefined> {
    if (this.#records === 0) {
      const configs = [{ name: 'retention.ms', value: '-1' }]
      const topics = [{ ...newTopics[0]!, configs, name: kept.topic }]
      await this.#bystander.request(createTopics, 7, { topics })
    }
    const topic = { name: kept.topic, id: await this.#idOf(kept.topic) }
    const answer = await produceTo(this.#bystander, topic, batchOf([`value ${this.#records}`]))
    if (answer.error !== 'NONE') return `the bystander's record was answered with ${answer.error}`
    this.#records++
    const { records } = await readLog(this.#bystander, kept)
    const isWhole = records.every(({ value }, i) => value === `value ${i}`)
    if (records.length !== this.#records || !isWhole) return "the bystander's records have changed"
    return undefined
  }

  async #idOf(name: string): Promise<string> {
    const answer = await this.#bystander.request(metadata, 12, { topics: [{ name }] })
    return answer.topics[0]!.topicId
  }

  /** What it took, and whether it grew from the time when all was loaded and cached. */
  async summary(): Promise<{ facts: string; growth?: Finding }> {
    let last = await this.#memory()
    const first = this.#warm ?? last
    const hasGrown = (): boolean =>
      last.heapBytes - first.heapBytes > maxGrowthBytes.heap ||
      last.residentBytes - first.residentBytes > maxGrowthBytes.resident
    // Batches may still be open of clients that have gone.
    for (let i = 0; i < settlingRounds && hasGrown(); i++) last = await this.#memory()
    const megabytes = (of: keyof Measurement): string =>
      `${Math.round(first[of] / 1e6)} to ${Math.round(last[of] / 1e6)} MB`
    const memory = `heap ${megabytes('heapBytes')}; resident ${megabytes('residentBytes')}`
    const text = `longest stall ${Math.round(this.#longestStallMs)} ms; ${memory}`
    if (!hasGrown()) return { facts: text }
    return { facts: text, growth: { kind: requestKind, what: `memory grows: ${text}`, input: [] } }
  }

  /** In use once all is gone that requests may rightly have created. */
  async #memory(): Promise<Measurement> {
    await cleanUp(this.#bystander, [...topicNames, kept.topic])
    return this.#server.measure({ collect: true })
  }
}

/** In the place of one that is asked for. */
function saslToken(dice: Dice): Buffer {
  const authBytes = token(dice)
  if (dice.chance(0.3)) return frameOf(authBytes)
  return requestFrame(saslAuthenticate, 2, { authBytes }, 2)
}

async function within(work: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`no end after ${answerMs} ms`), answerMs)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    return String(error)
  } finally {
    clearTimeout(timer)
  }
}
