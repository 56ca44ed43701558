/** What goes on in a simulation: each actor ends when its work is done, or at the end of time. */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { errorName } from '../../protocol/errors.ts'
import type { NewWrite } from './batches.ts'
import { Abortable, Client, Fenced, type SimulatedTopic, type World } from './client.ts'
import { Consumer } from './consumer.ts'
import type { Seen, TopicRules } from './history.ts'
import { IdempotentProducer } from './idempotent-producer.ts'
import { TransactionalProducer, type TransactionalOptions } from './transactional-producer.ts'
import type { SessionConsumer } from './session-consumer.ts'
import { sourceOf } from './verdict.ts'

export const inputTopic = 'input'
export const outputTopic = 'output'
export const groupId = 'chain'
const keys = ['a', 'b', 'c']

function someBatches({ dice, topics }: World, canBeBrief: boolean): NewWrite[][] {
  const targets = topics.filter(
    ({ name, isBrief }) => name !== outputTopic && (canBeBrief || !isBrief),
  )
  return Array.from({ length: dice.between(1, 3) }, () => {
    const topic = dice.pick(targets)
    const partition = dice.below(topic.partitions)
    return Array.from({ length: dice.between(1, 2) }, () => {
      return { topic, partition, key: dice.pick(keys) }
    })
  })
}

export async function produceIdempotently(world: World, name: string): Promise<void> {
  const { clock, dice } = world
  const producer = new IdempotentProducer(world, name)
  await producer.initialize()
  for (let i = dice.between(1, 3); i > 0; i--) {
    await producer.send(someBatches(world, false))
    await clock.sleep(dice.below(1000))
  }
}

export type InstanceOptions = Omit<TransactionalOptions, 'name'>

/** One instance after the other, until that many transactions have ended. */
export async function produceInTransactions(
  world: World,
  name: string,
  options: InstanceOptions,
): Promise<void> {
  const { clock, dice } = world
  let left = dice.between(1, 3)
  for (let instance = 0; left > 0; instance++) {
    const producer = new TransactionalProducer(world, { ...options, name: `${name}${instance}` })
    await unlessFenced(async () => {
      await producer.pause()
      await producer.initialize()
      for (; left > 0; left--) {
        producer.begin()
        await endInTime(producer, async () => {
          for (let i = dice.between(1, 2); i > 0; i--) {
            await producer.send(someBatches(world, true))
            await producer.pause()
          }
          return !dice.chance(0.15)
        })
      }
    })
    left--
    await clock.sleep(dice.below(500))
  }
}

/** Commits if `work` says so; what cannot be committed is aborted. */
async function endInTime(
  producer: TransactionalProducer,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    if (await work()) {
      await producer.commit()
      return true
    }
  } catch (error) {
    if (!(error instanceof Abortable)) throw error
  }
  await producer.pause()
  await producer.abort()
  return false
}

async function unlessFenced(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Fenced)) throw error
  }
}

/** Takes what is committed in its input to its output, with its offsets, until it has taken all. */
export class Chain {
  readonly #world: World
  readonly #name: string
  readonly #options: InstanceOptions
  #instances = 0

  constructor(world: World, name: string, options: InstanceOptions) {
    this.#world = world
    this.#name = name
    this.#options = options
  }

  async run(transactions: number): Promise<void> {
    let left = transactions
    while (left > 0) {
      const name = `${this.#name}${this.#instances++}`
      const consumer = new Consumer(this.#world, `${name}-reads`, true)
      const producer = new TransactionalProducer(this.#world, { ...this.#options, name })
      await unlessFenced(async () => {
        await producer.pause()
        await producer.initialize()
        while (left > 0 && (await this.#takeAll(consumer, producer))) left--
        left = 0
      })
      left--
      await this.#world.clock.sleep(this.#world.dice.below(500))
    }
  }

  /** One transaction for each read; false when there was nothing to be taken. */
  async #takeAll(consumer: Consumer, producer: TransactionalProducer): Promise<boolean> {
    const { dice } = this.#world
    const input = this.#topic(inputTopic)
    let hasTaken = false
    for (let partition = 0; partition < input.partitions; partition++) {
      const { offset } = await consumer.committed(groupId, inputTopic, partition)
      for (let from = Math.max(0, offset); ;) {
        const maxBytes = dice.chance(0.2) ? 1 : 1000
        const seen = await consumer.read(input.id!, partition, from, maxBytes)
        if (seen === undefined || seen.next === from) break
        from = seen.next
        if (seen.records.length === 0) continue
        hasTaken = true
        // After an abort it begins anew where its group has committed.
        if (!(await this.#take(seen, producer))) break
        if (dice.chance(0.3)) await consumer.committed(groupId, inputTopic, partition)
      }
    }
    return hasTaken
  }

  async #take(
    { partition, records, next }: Seen,
    producer: TransactionalProducer,
  ): Promise<boolean> {
    const { dice } = this.#world
    const output = this.#topic(outputTopic)
    const batches = records.map(({ offset, key }): NewWrite[] => {
      const target = dice.below(output.partitions)
      return [{ topic: output, partition: target, key, source: sourceOf(partition, offset) }]
    })
    producer.begin()
    return endInTime(producer, async () => {
      await producer.send(batches)
      await producer.pause()
      await producer.sendOffset(groupId, inputTopic, partition, next)
      await producer.pause()
      return !dice.chance(0.1)
    })
  }

  #topic(name: string): SimulatedTopic {
    return this.#world.topics.find(topic => topic.name === name)!
  }
}

/** Looks at some partitions, with breaks. */
export async function look(world: World, name: string, isCommitted: boolean): Promise<void> {
  const { clock, dice, topics } = world
  const consumer = new Consumer(world, name, isCommitted)
  for (let i = dice.between(1, 3); i > 0; i--) {
    const { id, partitions } = dice.pick(topics)
    const partition = dice.below(partitions)
    if (id !== undefined) {
      const from = dice.below(world.history.partition(id, partition).highWatermark + 1)
      await consumer.read(id, partition, from)
    }
    await clock.sleep(dice.below(1500))
  }
}

/** Follows all partitions, with breaks. */
export async function follow(world: World, consumer: SessionConsumer): Promise<void> {
  const { clock, dice } = world
  for (let i = dice.between(1, 5); i > 0; i--) {
    await consumer.poll(dice.chance(0.3) ? 1 : 10_000)
    await clock.sleep(dice.below(1500))
  }
}

export class Administrator extends Client {
  async create(topic: SimulatedTopic, rules: TopicRules, configs: object): Promise<void> {
    const { name, partitions: numPartitions } = topic
    const values = Object.entries(configs).map(([key, value]) => ({ name: key, value: `${value}` }))
    const created = await this.persist('CreateTopics', async () => {
      const wanted = {
        name,
        numPartitions,
        replicationFactor: 1,
        assignments: [],
        configs: values,
      }
      const request = { topics: [wanted], timeoutMs: 1000, validateOnly: false }
      const response = await this.connection.request(createTopics, 7, request, false)
      const result = response.topics[0]!
      const error = errorName(result.errorCode)
      if (error === 'NONE') return result.topicId
      if (this.isRetriable(result.errorCode)) return undefined
      if (error !== 'TOPIC_ALREADY_EXISTS') this.world.history.report(`CreateTopics: ${error}`)
      // An earlier try has created it, and its id is not known; it goes before the next one.
      await this.delete(name)
      return undefined
    })
    this.world.history.createTopic(rules, created, numPartitions)
    topic.id = created
    this.log(`created ${name}, ${created}`)
  }

  async delete(name: string): Promise<void> {
    await this.persist('DeleteTopics', async () => {
      const request = { topics: [], topicNames: [name], timeoutMs: 1000 }
      const response = await this.connection.request(deleteTopics, 5, request, false)
      const error = errorName(response.responses[0]!.errorCode)
      return error === 'NONE' || error === 'UNKNOWN_TOPIC_OR_PARTITION' || undefined
    })
  }

  /** Deletes records up to somewhere. */
  async trim({ name, id, partitions }: SimulatedTopic): Promise<void> {
    const { dice, history } = this.world
    const partitionIndex = dice.below(partitions)
    const partition = history.partition(id!, partitionIndex)
    const offset = dice.below(partition.highWatermark + 1)
    partition.deletedTo = Math.max(partition.deletedTo, offset)
    await this.persist('DeleteRecords', async () => {
      const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
      const request = { topics, timeoutMs: 1000 }
      const response = await this.connection.request(deleteRecords, 2, request, false)
      const { errorCode } = response.topics[0]!.partitions[0]!
      if (this.isRetriable(errorCode)) return undefined
      if (errorCode !== 0) history.report(`DeleteRecords of ${offset}: ${errorName(errorCode)}`)
      return true
    })
    this.log(`trimmed ${name}-${partitionIndex} to ${offset}`)
  }
}
