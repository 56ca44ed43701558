/**
 * An application with exactly_once_v2 (java/ExactlyOnce.java), two instances of it, while they and
 * their broker are killed. Gives what was wrong with what it committed, and how long it took until
 * it went on everywhere.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Broker } from '../exactly-once/brokers.ts'
import { complaints, inputTopics, outputTopics } from './history.ts'
import { Program } from './program.ts'
import { differences, Reading } from './reading.ts'

/** Both: an instance, and the broker while the other one takes over. */
export const faults = ['broker', 'instance', 'both'] as const
export type Fault = (typeof faults)[number]

export interface DrillOptions {
  /** Of Kafka Streams. */
  release: string
  protocol: 'classic' | 'streams'
  stores: 'memory' | 'rocksdb'
  /** Nobody is told of what an instance has left open when it was killed before this is over. */
  transactionTimeoutMs: number
  faults: readonly Fault[]
}

export interface Report {
  complaints: string[]
  /** Records of the input, and of the output. */
  read: number
  written: number
  /** For each fault: until every partition of the output had a new record. */
  recoveriesMs: number[]
}

/**
 * What the brokers are told: short sessions, as classic members have here; soon to end transactions
 * that take too long; to compact all the time.
 */
export const configs = [
  'group.streams.min.session.timeout.ms=6000',
  'group.streams.session.timeout.ms=6000',
  'group.streams.min.heartbeat.interval.ms=500',
  'group.streams.heartbeat.interval.ms=500',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms=1000',
  'log.cleaner.backoff.ms=1000',
]

const topics = [...inputTopics, ...outputTopics]
const partitions = [0, 1, 2, 3]
/** To each topic. */
const recordsPerSecond = 200
/** The other one takes over from an instance within its session and the time of a transaction. */
const maxTakeOverMs = 9000
/** Far more than anything here needs. */
const patienceMs = 90_000
const pollMs = 200

/** Needs a broker that has no topics yet. */
export async function runDrill(broker: Broker, options: DrillOptions): Promise<Report> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-streams-'))
  const drill = new Drill(broker, options, directory)
  try {
    return await drill.run()
  } finally {
    await drill.end()
    await rm(directory, { recursive: true })
  }
}

interface Instance {
  program: Program
  stateDirectory: string
}

class Drill {
  readonly #broker: Broker
  readonly #options: DrillOptions
  readonly #directory: string
  readonly #programs: Program[] = []
  readonly #instances: Instance[] = []
  readonly #reading = new Reading()
  readonly #failures: string[] = []
  #directories = 0
  #instanceKills = 0

  constructor(broker: Broker, options: DrillOptions, directory: string) {
    this.#broker = broker
    this.#options = options
    this.#directory = directory
  }

  async run(): Promise<Report> {
    let sent: number | undefined
    const feed = await this.#start(['Feed', `${recordsPerSecond}`], line => {
      sent = Number(line.split(' ')[1])
    })
    await this.#until('the topics are there', () => sent !== undefined)
    const reader = await this.#start(['Read', 'follow', ...topics], line => {
      this.#reading.add(line)
    })
    await this.#startInstance(this.#newDirectory())
    await this.#startInstance(this.#newDirectory())
    await this.#recovered()
    const recoveriesMs: number[] = []
    for (const fault of this.#options.faults) {
      const startMs = performance.now()
      await this.#suffer(fault)
      await this.#recovered()
      recoveriesMs.push(performance.now() - startMs)
    }
    await feed.stop()
    const found = await this.#untilExact(sent!)
    await Promise.all(this.#instances.map(({ program }) => program.stop()))
    await reader.stop()
    const again = await this.#readAgain()
    return {
      complaints: [...found, ...again.open, ...differences(this.#reading, again)],
      read: again.total(inputTopics),
      written: again.total(outputTopics),
      recoveriesMs,
    }
  }

  async end(): Promise<void> {
    for (const program of this.#programs) await program.kill()
  }

  async #suffer(fault: Fault): Promise<void> {
    if (fault !== 'broker') await this.#killInstance()
    if (fault === 'both') await sleep(Math.random() * maxTakeOverMs)
    if (fault === 'instance') return
    await this.#broker.kill()
    await this.#broker.restart()
  }

  /** It comes back: in turns with its state where it was, or as one that has nothing. */
  async #killInstance(): Promise<void> {
    const { program, stateDirectory } = this.#instances.shift()!
    await program.kill()
    const keepsState = this.#instanceKills++ % 2 === 0
    await this.#startInstance(keepsState ? stateDirectory : this.#newDirectory())
  }

  #newDirectory(): string {
    return path.join(this.#directory, `${this.#directories++}`)
  }

  async #startInstance(stateDirectory: string): Promise<void> {
    const { protocol, stores, transactionTimeoutMs } = this.#options
    const args = ['drill', protocol, stores, stateDirectory, `${transactionTimeoutMs}`]
    const program = await this.#start(['ExactlyOnce', ...args], line => {
      this.#failures.push(line)
    })
    this.#instances.push({ program, stateDirectory })
  }

  async #start([main, ...args]: string[], onLine: (line: string) => void): Promise<Program> {
    const command = [main!, this.#broker.bootstrapServers, ...args]
    const program = await Program.start(this.#options.release, command, onLine)
    this.#programs.push(program)
    return program
  }

  /** Every task has committed something new. */
  async #recovered(): Promise<void> {
    const before = outputTopics.flatMap(topic =>
      partitions.map(partition => {
        const count = this.#reading.count(topic, partition)
        return { topic, partition, count }
      }),
    )
    await this.#until('every partition of the output goes on', () =>
      before.every(each => this.#reading.count(each.topic, each.partition) > each.count),
    )
  }

  async #until(what: string, isMet: () => boolean): Promise<void> {
    const startMs = performance.now()
    while (!isMet()) {
      if (performance.now() - startMs > patienceMs) {
        throw new Error([`waited in vain until ${what}`, ...this.#failures].join('\n'))
      }
      await sleep(pollMs)
    }
  }

  /** Waits until the output is what it must be; gives what is wrong if it never is. */
  async #untilExact(sent: number): Promise<string[]> {
    const startMs = performance.now()
    for (;;) {
      const found = this.#complaints(sent)
      if (found.length === 0 || performance.now() - startMs > patienceMs) return found
      await sleep(pollMs)
    }
  }

  #complaints(sent: number): string[] {
    const { records } = this.#reading
    const lines = records.get('lines')?.length ?? 0
    const fed = lines === sent ? [] : [`${lines} lines were read of ${sent}`]
    return [...this.#failures, ...fed, ...complaints(records)]
  }

  /** What was read while the broker was killed must be what there is. */
  async #readAgain(): Promise<Reading> {
    const again = new Reading()
    const reader = await this.#start(['Read', 'all', ...topics], line => {
      again.add(line)
    })
    await reader.done()
    return again
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
