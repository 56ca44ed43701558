/**
 * Two distributed workers of Kafka Connect with exactly-once sources, and a connector with several
 * tasks (Numbers.java), while a worker and the broker are killed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import kafkajs from 'kafkajs'
import type { Broker } from '../exactly-once/brokers.ts'
import { freePort } from '../kafka/kafka.ts'
import { Program } from '../streams/program.ts'
import { Reading } from '../streams/reading.ts'
import { Worker } from './worker.ts'

export type Fault = 'broker' | 'worker'

export interface Report {
  complaints: string[]
  /** Numbers, of all tasks. */
  written: number
  /** Until every task went on, for each fault. */
  recoveriesMs: number[]
}

/** What the brokers are told, so that topics are compacted while they are used. */
export const configs = ['log.cleaner.backoff.ms=1000']

/** Of Connect's REST API. */
interface Status {
  connector: { state: string }
  tasks: { state: string; trace?: string }[]
}
interface Offsets {
  offsets: { partition: { task: string }; offset: { next: number } }[]
}

const connector = 'connectors/numbers'
const topic = 'numbers'
const offsetTopic = 'connect-offset'
const tasks = ['0', '1', '2']
/** Numbers in a transaction of a task. */
const perPoll = 20
const patienceMs = 60_000
const pollMs = 100

export async function runDrill(broker: Broker, faults: readonly Fault[]): Promise<Report> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-connect-'))
  const drill = new Drill(broker, directory)
  try {
    return await drill.run(faults)
  } finally {
    await drill.end()
    await rm(directory, { recursive: true })
  }
}

class Drill {
  readonly #broker: Broker
  readonly #directory: string
  readonly #running: AsyncDisposable[] = []
  readonly #workers: { worker: Worker; port: number }[] = []
  /** The numbers of each task, in their order. */
  readonly #numbers = new Map(tasks.map(task => [task, [] as number[]]))

  constructor(broker: Broker, directory: string) {
    this.#broker = broker
    this.#directory = directory
  }

  async run(faults: readonly Fault[]): Promise<Report> {
    await createTopic(this.#broker.bootstrapServers)
    const reader = await this.#read('follow', [topic], line => {
      const [, , , , , task, number] = line.split(' ')
      this.#numbers.get(task!)!.push(Number(number))
    })
    await this.#startWorker(await freePort())
    await this.#startWorker(await freePort())
    const config = { 'connector.class': 'Numbers', 'tasks.max': `${tasks.length}`, topic }
    await this.#until('the connector is there', () =>
      this.#worker.put(`${connector}/config`, config),
    )
    await this.#recovered()
    const recoveriesMs: number[] = []
    for (const fault of faults) {
      const startMs = performance.now()
      await (fault === 'broker' ? this.#killBroker() : this.#killWorker())
      await this.#recovered()
      recoveriesMs.push(performance.now() - startMs)
    }
    const next = await this.#stopConnector()
    await this.#until('all is read', async () => this.#written >= sum(next.values()))
    await reader.stop()
    return {
      complaints: [...this.#misplaced(), ...this.#differences(next), ...(await this.#look())],
      written: this.#written,
      recoveriesMs,
    }
  }

  async end(): Promise<void> {
    for (const running of this.#running) await running[Symbol.asyncDispose]()
  }

  get #worker(): Worker {
    return this.#workers[0]!.worker
  }

  get #written(): number {
    return sum([...this.#numbers.values()].map(numbers => numbers.length))
  }

  async #killBroker(): Promise<void> {
    await this.#broker.kill()
    await this.#broker.restart()
  }

  /** In turns. It comes back. */
  async #killWorker(): Promise<void> {
    const { worker, port } = this.#workers.shift()!
    await worker.kill()
    await this.#startWorker(port)
  }

  async #startWorker(port: number): Promise<void> {
    const { bootstrapServers } = this.#broker
    const worker = await Worker.start({ bootstrapServers, port, directory: this.#directory })
    this.#running.push(worker)
    this.#workers.push({ worker, port })
  }

  async #read(
    mode: 'follow' | 'all',
    topics: readonly string[],
    onLine: (line: string) => void,
  ): Promise<Program> {
    const command = ['Read', this.#broker.bootstrapServers, mode, ...topics]
    const program = await Program.start('4.3.1', command, onLine)
    this.#running.push(program)
    return program
  }

  /** Every task has committed something new, and both workers are there. */
  async #recovered(): Promise<void> {
    const before = tasks.map(task => this.#numbers.get(task)!.length)
    await this.#until('every task goes on', async () =>
      tasks.every((task, i) => this.#numbers.get(task)!.length > before[i]!),
    )
    for (const { worker } of this.#workers) {
      await this.#until('a worker is there', async () => Boolean(await worker.get('connectors')))
    }
  }

  /** With the offset of each task. */
  async #stopConnector(): Promise<ReadonlyMap<string, number>> {
    await this.#until('the connector is told to stop', () => this.#worker.put(`${connector}/stop`))
    await this.#until('the connector stops', async () => {
      const status = (await this.#worker.get(`${connector}/status`)) as Status | undefined
      return status?.connector.state === 'STOPPED' && status.tasks.length === 0
    })
    const { offsets } = (await this.#worker.get(`${connector}/offsets`)) as Offsets
    return new Map(offsets.map(({ partition, offset }) => [partition.task, offset.next]))
  }

  async #until(what: string, isMet: () => Promise<boolean>): Promise<void> {
    const startMs = performance.now()
    while (!(await isMet())) {
      if (performance.now() - startMs > patienceMs) {
        const status = await this.#worker.get(`${connector}/status`)
        throw new Error(`waited in vain until ${what}: ${JSON.stringify(status)}`)
      }
      await new Promise(resolve => setTimeout(resolve, pollMs))
    }
  }

  /** Each task counts from 0 on: the first number of each that is another one than comes next. */
  #misplaced(): string[] {
    return tasks.flatMap(task => {
      const numbers = this.#numbers.get(task)!
      const at = numbers.findIndex((number, i) => number !== i)
      return at < 0 ? [] : [`task ${task} wrote ${numbers[at]} where ${at} comes next`]
    })
  }

  /** Offsets are committed with the numbers. */
  #differences(next: ReadonlyMap<string, number>): string[] {
    return tasks.flatMap(task => {
      const { length } = this.#numbers.get(task)!
      if (next.get(task) === length) return []
      return [`task ${task} wrote ${length} numbers, and its offset is ${next.get(task)}`]
    })
  }

  /** At the end of things: no transaction is open, and old offsets are gone. */
  async #look(): Promise<string[]> {
    const reading = new Reading()
    const reader = await this.#read('all', [topic, offsetTopic], line => {
      reading.add(line)
    })
    await reader.done()
    const found = [...reading.open]
    const read = reading.total([topic])
    if (read !== this.#written) found.push(`${read} numbers are there, ${this.#written} were read`)
    const offsets = reading.total([offsetTopic])
    const transactions = this.#written / perPoll
    if (offsets >= transactions) found.push(`all ${offsets} offsets are there, though compacted`)
    return found
  }
}

async function createTopic(bootstrapServers: string): Promise<void> {
  const admin = new kafkajs.Kafka({
    brokers: [bootstrapServers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4, replicationFactor: 1 }] })
  await admin.disconnect()
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}
