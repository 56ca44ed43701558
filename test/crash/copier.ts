/** Copies a topic to two others in transactions, with its offsets, whatever is killed. */
import { encodeBatch } from '../../protocol/records.ts'
import type { RawClient } from '../raw-client.ts'
import { copiedValue, CopiesHistory, type Attempt } from './copies-history.ts'
import { committedOffset, createTopic, endOffset, produceBatch } from './requests.ts'
import {
  addGroup,
  addPartitions,
  commitIn,
  endTransaction,
  produceIn,
  protocols,
  readCommitted,
  takeId,
  type Producer,
  type Protocol,
} from './transaction-requests.ts'
import { pause } from './pause.ts'

const source = { topic: 'copy-source', partition: 0 }
const copies = ['copy-one', 'copy-two'].map(topic => ({ topic, partition: 0 }))
const group = 'copiers'
const transactionalId = 'copier'
/** At most so many records are copied by a transaction. */
const maxRecords = 5
const abortShare = 0.25
const maxWaitMs = 20

/** A producer on one connection. */
interface Session {
  protocol: Protocol
  producer: Producer
  /** Of its next batch. */
  sequence: number
}

export const copiedTopics = [source, ...copies].map(({ topic }) => topic)

export class Copier {
  readonly history = new CopiesHistory()
  readonly #random: () => number
  /** What a reader has got of the first copy, and where it goes on. */
  readonly #read: string[] = []
  #readTo = 0

  private constructor(random: () => number) {
    this.#random = random
  }

  static async create(client: RawClient, random: () => number): Promise<Copier> {
    for (const topic of copiedTopics) await createTopic(client, topic, 1, { 'segment.ms': '15' })
    return new Copier(random)
  }

  /** Writes what is to be copied. */
  async feed(client: RawClient): Promise<void> {
    for (;;) {
      const count = 1 + Math.floor(this.#random() * maxRecords)
      const records = Array.from({ length: count }, () => {
        return { timestamp: Date.now(), key: null, value: Buffer.from('x') }
      })
      await produceBatch(client, source, -1, encodeBatch({ records }))
      await pause(5)
    }
  }

  /** Until the connection closes. */
  async copy(client: RawClient): Promise<void> {
    for (const session = await this.#session(client); ;) {
      if (!(await this.#transact(client, session))) await pause(1)
    }
  }

  /** Until all is copied. */
  async finish(client: RawClient): Promise<void> {
    const session = await this.#session(client)
    while (await this.#transact(client, session));
  }

  async #session(client: RawClient): Promise<Session> {
    const protocol = this.#random() < 0.5 ? protocols.classic : protocols.new
    return { protocol, producer: await takeId(client, transactionalId), sequence: 0 }
  }

  /** False where there is nothing to copy. */
  async #transact(client: RawClient, session: Session): Promise<boolean> {
    const first = Math.max(0, await committedOffset(client, group, source))
    const end = await endOffset(client, source)
    if (end === first) return false
    const next = Math.min(end, first + 1 + Math.floor(this.#random() * maxRecords))
    const attempt = this.history.begin(first, next)
    const { producer, protocol } = session
    await this.#write(client, session, attempt)
    const commits = this.#random() >= abortShare
    attempt.state = commits ? 'committing' : 'aborting'
    session.producer = await endTransaction(client, producer, commits, protocol)
    if (commits) this.history.acknowledge(attempt)
    const isSameEpoch = session.producer.producerEpoch === producer.producerEpoch
    session.sequence = isSameEpoch ? session.sequence + next - first : 0
    return true
  }

  async #write(
    client: RawClient,
    { producer, protocol, sequence }: Session,
    attempt: Attempt,
  ): Promise<void> {
    const { first, next } = attempt
    const isClassic = protocol === protocols.classic
    if (isClassic) {
      const topics = copies.map(({ topic }) => topic)
      await addPartitions(client, producer, topics)
      await addGroup(client, producer, group)
    }
    const { producerId, producerEpoch } = producer
    const records = Array.from({ length: next - first }, (_, i) => {
      const value = Buffer.from(copiedValue(attempt, first + i))
      return { timestamp: Date.now(), key: null, value }
    })
    const fields = { producerId, producerEpoch, baseSequence: sequence, isTransactional: true }
    for (const { topic } of copies) {
      const batch = encodeBatch({ records, ...fields })
      await produceIn(client, producer, topic, batch, protocol)
    }
    await commitIn(client, producer, group, source, next, protocol)
  }

  /** A reader of committed records, which goes on where it was. */
  async read(client: RawClient, report: (violations: readonly string[]) => void): Promise<void> {
    for (;;) {
      const { values, nextOffset } = await readCommitted(
        client,
        copies[0]!,
        this.#readTo,
        maxWaitMs,
      )
      this.#read.push(...values)
      this.#readTo = nextOffset
      if (values.length > 0) report(this.history.checkRead('a reader', this.#read))
    }
  }

  /** Nothing is open when the transactional id has another epoch. */
  async look(client: RawClient): Promise<string[]> {
    await takeId(client, transactionalId)
    const found: string[][] = []
    for (const at of copies) found.push(await allCommitted(client, at))
    return this.history.check(found, await committedOffset(client, group, source))
  }
}

/** From the beginning to the high watermark, to which the last stable offset comes. */
async function allCommitted(
  client: RawClient,
  at: { topic: string; partition: number },
): Promise<string[]> {
  const values: string[] = []
  for (let offset = 0; ;) {
    const read = await readCommitted(client, at, offset, maxWaitMs)
    values.push(...read.values)
    offset = read.nextOffset
    if (offset >= read.highWatermark) return values
  }
}
