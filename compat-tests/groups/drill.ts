/**
 * What a group of three goes through while a producer sends: it starts, each member is restarted,
 * one is killed, one is too slow, all stop. Gives how long it took the group to settle each time,
 * and what was wrong.
 */
import { randomUUID } from 'node:crypto'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { Command } from '../programs.ts'
import type { Client } from './clients.ts'
import { complaints, countDuplicates } from './history.ts'
import { Member } from './member.ts'
import { startProducer, type Producer } from './producer.ts'
import { partitionCount, Watch } from './watch.ts'

/** The least that a classic member may ask for; the brokers are told the same for other groups. */
export const sessionTimeoutMs = 6000
export const heartbeatIntervalMs = 250

/**
 * Start: of three at once. Leave: of one, in its own time. Join: a third one. Kill: of one, until
 * the other two have its partitions. Expel: the same for one that is too slow. Return: of that one.
 */
export const phases = ['start', 'leave', 'join', 'kill', 'expel', 'return'] as const
export type Phase = (typeof phases)[number]

export interface Report {
  /** Milliseconds until the group had settled. */
  times: { phase: Phase; ms: number }[]
  complaints: string[]
  records: number
  duplicates: number
}

/** Runs the whole of it with a topic and a group of its own. */
export async function runDrill(client: Client, bootstrapServers: string): Promise<Report> {
  const name = `drill-${randomUUID()}`
  const driver = driverOf(bootstrapServers)
  await createTopic(driver, name)
  const producer = await startProducer(driver, name, partitionCount)
  const command = await client.toolchain.prepare()
  await using group = new Group(client, command, bootstrapServers, name, producer)
  try {
    const times = await group.run()
    return {
      times,
      complaints: [...group.complaints(), ...(await uncommitted(driver, client, name, producer))],
      records: producer.sent.length,
      duplicates: countDuplicates(group.watch),
    }
  } finally {
    await producer.stop()
  }
}

function driverOf(bootstrapServers: string): Kafka {
  return new kafkajs.Kafka({
    clientId: 'driver',
    brokers: [bootstrapServers],
    logLevel: kafkajs.logLevel.NOTHING,
  })
}

async function createTopic(driver: Kafka, topic: string): Promise<void> {
  const admin = driver.admin()
  await admin.connect()
  try {
    const topics = [{ topic, numPartitions: partitionCount, replicationFactor: 1 }]
    await admin.createTopics({ topics, waitForLeaders: false })
    await untilLed(admin, topic)
  } finally {
    await admin.disconnect()
  }
}

/** A broker may have to learn yet that there is such a topic, and that it leads it. */
async function untilLed(admin: Admin, topic: string): Promise<void> {
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSError && error.retriable)) throw error
    }
  }
}

/** Everything is done with when all have stopped: the group stands at the end of each partition. */
async function uncommitted(
  driver: Kafka,
  client: Client,
  name: string,
  { sent }: Producer,
): Promise<string[]> {
  if (isShared(client)) return []
  const ends = new Map<number, number>()
  for (const { partition, offset } of sent) ends.set(partition, offset + 1)
  const admin = driver.admin()
  await admin.connect()
  try {
    const [committed] = await admin.fetchOffsets({ groupId: name, topics: [name] })
    return committed!.partitions.flatMap(({ partition, offset }) => {
      const end = ends.get(partition)
      if (Number(offset) === end) return []
      return [`committed of partition ${partition} is ${offset}, and its end is ${end}`]
    })
  } finally {
    await admin.disconnect()
  }
}

function isShared({ protocol }: Client): boolean {
  return protocol === 'share'
}

class Group implements AsyncDisposable {
  readonly watch: Watch
  readonly #client: Client
  readonly #command: Command
  readonly #bootstrapServers: string
  /** Of the topic and the group. */
  readonly #name: string
  readonly #producer: Producer
  readonly #members = new Map<string, Member>()
  readonly #faulted = new Set<string>()
  readonly #times: Report['times'] = []

  constructor(
    client: Client,
    command: Command,
    bootstrapServers: string,
    name: string,
    producer: Producer,
  ) {
    this.#client = client
    this.#command = command
    this.#bootstrapServers = bootstrapServers
    this.#name = name
    this.#producer = producer
    this.watch = new Watch(producer.sentAtMs, isShared(client))
  }

  async run(): Promise<Report['times']> {
    for (const name of ['a1', 'b1', 'c1']) this.#start(name)
    await this.#settles('start', await this.#joined('a1', 'b1', 'c1'))
    for (const letter of ['a', 'b', 'c']) {
      await this.#stop(`${letter}1`)
      await this.#join(`${letter}2`)
    }
    await this.#kill('a2')
    await this.#join('a3')
    await this.#slowDown('b2')
    await this.#producer.stop()
    const { sent } = this.#producer
    await this.watch.until('everything is received', () => this.#hasReceived(sent.length))
    await Promise.all([...this.#members.values()].map(member => member.stop()))
    this.#members.clear()
    return this.#times
  }

  complaints(): string[] {
    const { sent } = this.#producer
    const { told } = this.watch
    return complaints({ told, sent, faulted: this.#faulted, isShared: isShared(this.#client) })
  }

  #start(name: string): void {
    const group = [this.#bootstrapServers, this.#name, this.#name, this.#client.protocol]
    const times = [`${sessionTimeoutMs}`, `${heartbeatIntervalMs}`]
    const { program, args } = this.#command
    const command = { program, args: [...args, ...group, ...times] }
    this.#members.set(name, new Member(name, command, told => this.watch.tell(told)))
  }

  /** When the last of them said that it joins. */
  async #joined(...names: string[]): Promise<number> {
    const joining = (): number[] =>
      this.watch.told.flatMap(({ atMs, member, event }) =>
        event.kind === 'joining' && names.includes(member) ? [atMs] : [],
      )
    await this.watch.until(`${names.join(', ')} start`, () => joining().length === names.length)
    return Math.max(...joining())
  }

  async #settles(phase: Phase, sinceMs: number, without?: string): Promise<void> {
    const names = [...this.#members.keys()].filter(name => name !== without)
    this.watch.mark(sinceMs, names)
    try {
      this.#times.push({ phase, ms: await this.watch.settled() })
    } catch (error) {
      const said = [...this.#members.values()].map(({ name, complaint }) => `${name}: ${complaint}`)
      throw new Error(`${phase}: ${said.join('\n')}`, { cause: error })
    }
  }

  async #join(name: string): Promise<void> {
    this.#start(name)
    await this.#settles('join', await this.#joined(name))
  }

  async #stop(name: string): Promise<void> {
    const member = this.#members.get(name)!
    this.#members.delete(name)
    const sinceMs = Date.now()
    const settled = this.#settles('leave', sinceMs)
    await Promise.all([member.stop(), settled])
  }

  async #kill(name: string): Promise<void> {
    const member = this.#members.get(name)!
    this.#faulted.add(name)
    this.#members.delete(name)
    const sinceMs = Date.now()
    await member.kill()
    await this.#settles('kill', sinceMs)
  }

  async #slowDown(name: string): Promise<void> {
    const member = this.#members.get(name)!
    this.#faulted.add(name)
    const pausedAtMs = Date.now()
    if (this.#client.slowness === 'pauses') member.say('pause')
    else member.signal('SIGSTOP')
    await this.#settles('expel', pausedAtMs, name)
    const resumedAtMs = Date.now()
    if (this.#client.slowness === 'pauses') member.say('resume')
    else member.signal('SIGCONT')
    await this.#settles('return', resumedAtMs)
  }

  #hasReceived(count: number): boolean {
    const received = new Set<string>()
    for (const { event } of this.watch.told) {
      if (event.kind === 'record') received.add(event.value)
    }
    return received.size >= count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#members.values()].map(member => member.kill()))
  }
}
