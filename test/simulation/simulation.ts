/** One schedule: all of it follows from its seed. */
import { SimulatedBroker } from './broker.ts'
import {
  Administrator,
  Chain,
  follow,
  groupId,
  inputTopic,
  outputTopic,
  produceIdempotently,
  produceInTransactions,
  look,
  type InstanceOptions,
} from './actors.ts'
import { Chaos } from './chaos.ts'
import { SimulatedClock } from './clock.ts'
import type { SimulatedTopic, World } from './client.ts'
import { Consumer } from './consumer.ts'
import { Dice } from './dice.ts'
import { History } from './history.ts'
import { Network, noTrouble, type Trouble } from './network.ts'
import { SessionConsumer } from './session-consumer.ts'
import { plans } from './topics.ts'
import { protocols, Takeovers } from './transactional-producer.ts'
import { chainViolations, verdict, type FinalPartition, type FinalState } from './verdict.ts'

const transactionTimeoutMs = 5000
/** By then all transactions have timed out, and every request that lingers has arrived. */
const settleMs = 16_000
const maxMs = 3_600_000

export interface Result {
  seed: number
  violations: readonly string[]
  events: readonly string[]
  crashes: number
  requests: number
  transactions: number
  committed: number
  unknown: number
  records: number
}

export async function simulate(seed: number): Promise<Result> {
  const simulation = new Simulation(seed)
  return simulation.run()
}

class Simulation {
  readonly #seed: number
  readonly #dice: Dice
  readonly #clock = new SimulatedClock()
  readonly #history = new History()
  readonly #broker: SimulatedBroker
  readonly #world: World
  readonly #takeovers = new Takeovers()
  readonly #followers: SessionConsumer[] = []
  readonly #chaos: Chaos

  constructor(seed: number) {
    this.#seed = seed
    const dice = (this.#dice = new Dice(seed))
    const [clock, history] = [this.#clock, this.#history]
    const trouble: Trouble = { ...noTrouble }
    const onError = (message: string): void => history.report(`broker: ${message}`)
    const durability = dice.chance(0.6) ? 'disk' : 'os'
    const broker = new SimulatedBroker({ durability, clock, dice, onError })
    this.#broker = broker
    const network = new Network({ broker, clock, dice, trouble, onError })
    const stalls = dice.chance(0.5) ? 0.06 : 0
    const topics: SimulatedTopic[] = []
    const deaths = dice.chance(0.5) ? 0.04 : 0
    this.#world = { clock, dice, history, network, stalls, deaths, topics }
    this.#chaos = new Chaos(this.#world, broker, trouble)
  }

  async run(): Promise<Result> {
    let isOver = false
    const script = this.#script()
      .catch((error: unknown) => this.#history.report(`simulation: ${(error as Error).stack}`))
      .finally(() => (isOver = true))
    await this.#clock.run(maxMs, () => isOver)
    if (!isOver) this.#history.report('the simulation never ends')
    else await script
    const { transactions, violations, events, writes } = this.#history
    const having = (outcome: string): number =>
      transactions.filter(each => each.outcome === outcome).length
    return {
      seed: this.#seed,
      violations,
      events,
      crashes: this.#broker.crashes,
      requests: this.#world.network.requests,
      transactions: transactions.length,
      committed: having('committed'),
      unknown: having('unknown'),
      records: writes.size,
    }
  }

  async #script(): Promise<void> {
    await this.#broker.start()
    await this.#createTopics()
    if (this.#dice.chance(0.3)) {
      const isCommitted = this.#dice.chance(0.8)
      this.#followers.push(new SessionConsumer(this.#world, 'follower', isCommitted))
    }
    this.#chaos.begin()
    await Promise.all(this.#actors())
    await this.#chaos.end()
    await this.#clock.sleep(settleMs)
    const chain = new Chain(this.#world, 'last', this.#instance('chain'))
    await chain.run(100)
    if (this.#dice.chance(0.3)) {
      await this.#broker.stop()
      await this.#broker.start()
    }
    await this.#judge()
    for (const follower of this.#followers) await follower.drain()
  }

  async #createTopics(): Promise<void> {
    const administrator = new Administrator(this.#world, 'admin')
    for (const { rules, partitions, share, configs } of plans) {
      if (!this.#dice.chance(share)) continue
      const { name, isBrief } = rules
      const topic: SimulatedTopic = { name, id: undefined, partitions, isBrief }
      await administrator.create(topic, rules, configs)
      ;(this.#world.topics as SimulatedTopic[]).push(topic)
    }
  }

  #actors(): Promise<void>[] {
    const { dice } = this.#world
    const world = this.#world
    const actors = [look(world, 'committed', true), look(world, 'uncommitted', false)]
    actors.push(...this.#followers.map(follower => follow(world, follower)))
    const t1 = this.#instance('t1')
    actors.push(produceInTransactions(world, 'a', t1))
    if (dice.chance(0.35)) actors.push(produceInTransactions(world, 'z', this.#instance('t1')))
    if (dice.chance(0.3)) actors.push(produceInTransactions(world, 'b', this.#instance('t2')))
    if (dice.chance(0.3)) actors.push(produceIdempotently(world, 'i'))
    if (dice.chance(0.7)) actors.push(new Chain(world, 'c', this.#instance('chain')).run(2))
    if (dice.chance(0.2)) actors.push(new Chain(world, 'd', this.#instance('chain')).run(2))
    const { topics } = world
    const retained = topics.find(({ name }) => name === 'retained')
    if (retained) actors.push(this.#trimOften(retained))
    const brief = topics.find(({ isBrief }) => isBrief)
    if (brief) actors.push(this.#recreate(brief))
    return actors
  }

  #instance(transactionalId: string): InstanceOptions {
    const protocol = this.#dice.pick(protocols)
    const takeovers = this.#takeovers
    return { transactionalId, protocol, timeoutMs: transactionTimeoutMs, takeovers }
  }

  async #trimOften(topic: SimulatedTopic): Promise<void> {
    const { clock, dice } = this.#world
    const administrator = new Administrator(this.#world, 'trims')
    for (let i = dice.below(3); i > 0; i--) {
      await clock.sleep(dice.below(3000))
      await administrator.trim(topic)
    }
  }

  async #recreate(topic: SimulatedTopic): Promise<void> {
    const { clock, dice, history } = this.#world
    const { rules, configs } = plans.find(each => each.rules.isBrief)!
    const administrator = new Administrator(this.#world, 'recreates')
    for (let i = dice.below(3); i > 0; i--) {
      await clock.sleep(dice.below(4000))
      history.deleteTopic(topic.id!)
      topic.id = undefined
      await administrator.delete(topic.name)
      await administrator.create(topic, rules, configs)
    }
  }

  async #judge(): Promise<void> {
    const { history, topics } = this.#world
    const partitions: FinalPartition[] = []
    for (const topic of topics) {
      for (let i = 0; i < topic.partitions; i++) partitions.push(await this.#final(topic, i))
    }
    const offsets = await this.#offsets(topics.find(({ name }) => name === inputTopic)!)
    const state = { nowMs: this.#clock.now(), partitions, offsets }
    const of = (wanted: string): FinalPartition[] => {
      const { id } = topics.find(({ name }) => name === wanted)!
      return partitions.filter(({ topicId }) => topicId === id)
    }
    const chain = chainViolations(history, of(inputTopic), of(outputTopic), offsets)
    for (const violation of [...verdict(history, state), ...chain]) history.report(violation)
  }

  async #final({ id }: SimulatedTopic, partition: number): Promise<FinalPartition> {
    const read = (isCommitted: boolean) =>
      new Consumer(this.#world, 'judge', isCommitted).readAll(id!, partition)
    const [committed, uncommitted] = [await read(true), await read(false)]
    if (committed === undefined || uncommitted === undefined) throw new Error('a topic is gone')
    const { startOffset, lastStableOffset, highWatermark } = uncommitted
    return {
      topicId: id!,
      partition,
      startOffset,
      lastStableOffset,
      highWatermark,
      committed: committed.records,
      uncommitted: uncommitted.records,
    }
  }

  async #offsets({ partitions }: SimulatedTopic): Promise<FinalState['offsets']> {
    const consumer = new Consumer(this.#world, 'judge', true)
    const offsets = new Map<number, { offset: number; transaction: string }>()
    for (let i = 0; i < partitions; i++) {
      const { offset, metadata } = await consumer.committed(groupId, inputTopic, i)
      if (offset >= 0) offsets.set(i, { offset, transaction: metadata })
    }
    return offsets
  }
}
