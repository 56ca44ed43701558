/** Brokers of a cluster in one process that are stopped, started, and given partitions. */
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { errorName } from '../../protocol/errors.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { batchOf } from '../handlers/batches.ts'
import { joinRequest } from '../handlers/group-member.ts'
import { produceTo } from '../handlers/requests.ts'
import { latest, named, type TestTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

let broker: StartedBroker
let opened: AsyncDisposableStack

beforeEach(async () => {
  opened = new AsyncDisposableStack()
  broker = opened.use(await startBroker({ brokers: 3 }))
})
afterEach(() => opened.disposeAsync())

async function connect(nodeId: number): Promise<RawClient> {
  return opened.use(await RawClient.connect(broker.brokers[nodeId]!.address))
}

/** One partition for each assignment. */
async function newTopic(...assignments: number[][]): Promise<TestTopic> {
  const client = await connect(2)
  const topic = {
    name: 't',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: [],
  }
  const { topics } = await client.request(createTopics, 7, { topics: [topic] })
  expect(named(topics[0]!)).toMatchObject({ error: 'NONE' })
  return { name: 't', id: topics[0]!.topicId }
}

/** As a node tells it: which nodes there are, and of each partition leader, isr and error. */
async function tell(nodeId: number) {
  const client = await connect(nodeId)
  const { brokers, topics, controllerId } = await client.request(metadata, latest(metadata), {
    topics: [{ name: 't' }],
  })
  return {
    brokers: brokers.map(each => each.nodeId),
    controllerId,
    partitions: topics[0]!.partitions.map(({ leaderId, isrNodes, offlineReplicas, errorCode }) => {
      return [leaderId, isrNodes, offlineReplicas, errorName(errorCode)]
    }),
  }
}

describe('a broker that is stopped', () => {
  it('is led by others that are in sync, and nobody meets it', async () => {
    const topic = await newTopic([0, 1, 2], [1, 0, 2], [2, 0, 1])
    const client = await connect(0)
    await broker.brokers[0]!.stop()
    await client.closed
    await expect(connect(0)).rejects.toThrow('ECONNREFUSED')
    expect(broker.brokers.map(({ isRunning }) => isRunning)).toEqual([false, true, true])
    expect(await tell(1)).toEqual({
      brokers: [1, 2],
      controllerId: 1,
      partitions: [
        [1, [1, 2], [0], 'NONE'],
        [1, [1, 2], [0], 'NONE'],
        [2, [2, 1], [0], 'NONE'],
      ],
    })
    const other = await connect(1)
    expect(await produceTo(other, topic, batchOf(['x']))).toMatchObject({ error: 'NONE' })
  })

  it('is back at its address, in sync, and leads when it is elected', async () => {
    await newTopic([0, 1, 2])
    await broker.brokers[0]!.stop()
    await broker.brokers[0]!.start()
    const { brokers, partitions } = await tell(0)
    expect(brokers).toEqual([0, 1, 2])
    expect(partitions).toEqual([[1, [0, 1, 2], [], 'NONE']])
  })

  it('leaves what nobody else has without a leader, until it is back', async () => {
    const topic = await newTopic([0])
    await broker.brokers[0]!.stop()
    expect((await tell(1)).partitions).toEqual([[-1, [0], [0], 'LEADER_NOT_AVAILABLE']])
    const other = await connect(1)
    expect(await produceTo(other, topic, batchOf(['x']))).toMatchObject({
      error: 'NOT_LEADER_OR_FOLLOWER',
    })
    await broker.brokers[0]!.start()
    expect((await tell(1)).partitions).toEqual([[0, [0], [], 'NONE']])
  })

  it('gets no new topics', async () => {
    await broker.brokers[1]!.stop()
    await broker.topic('t').append({ value: 'x' })
    await broker.topic('u').append({ value: 'x' })
    for (const name of ['t', 'u']) {
      const { partitions } = await broker.topic(name).describe()
      for (const { leader, replicas } of partitions) {
        expect([leader, ...replicas]).not.toContain(1)
      }
    }
  })

  it('may be the last one, and they come back one by one', async () => {
    await newTopic([0, 1, 2])
    await Promise.all(broker.brokers.map(each => each.stop()))
    await broker.brokers[2]!.start()
    expect((await tell(2)).brokers).toEqual([2])
    await Promise.all(broker.brokers.map(each => each.start()))
    const { brokers, partitions } = await tell(2)
    expect([brokers, partitions]).toEqual([[0, 1, 2], [[2, [0, 1, 2], [], 'NONE']]])
  })
})

it('a reset starts the brokers that are stopped', async () => {
  await broker.brokers[1]!.stop()
  await broker.reset()
  expect(broker.brokers.map(({ isRunning }) => isRunning)).toEqual([true, true, true])
  await newTopic([1])
  expect((await tell(0)).partitions).toEqual([[1, [1], [], 'NONE']])
})

describe('the coordinator of a group', () => {
  async function coordinatorOf(key: string, nodeId: number): Promise<number> {
    const client = await connect(nodeId)
    const { coordinators } = await client.request(findCoordinator, 4, {
      keyType: 0,
      coordinatorKeys: [key],
    })
    return coordinators[0]!.nodeId
  }

  it('is another one while it is stopped, which knows the members', async () => {
    const own = await coordinatorOf('g', 0)
    const client = await connect(own)
    const { memberId } = await client.request(joinGroup, 3, joinRequest())
    const member = { groupId: 'g', memberId, generationId: 1 }
    await client.request(syncGroup, 0, { ...member, assignments: [] })
    const beat = async (nodeId: number): Promise<string> => {
      const other = await connect(nodeId)
      return errorName((await other.request(heartbeat, 0, member)).errorCode)
    }
    await broker.brokers[own]!.stop()
    await client.closed
    const other = await coordinatorOf('g', (own + 1) % 3)
    expect(other).not.toBe(own)
    expect(await beat(other)).toBe('NONE')
    await broker.brokers[own]!.start()
    expect([await beat(other), await beat(own)]).toEqual(['NOT_COORDINATOR', 'NONE'])
  })

  it('sends those away who wait, when it is stopped', async () => {
    const own = await coordinatorOf('g', 0)
    const [client, other] = [await connect(own), await connect(own)]
    const { memberId } = await client.request(joinGroup, 3, joinRequest())
    const member = { groupId: 'g', memberId, generationId: 1 }
    await client.request(syncGroup, 0, { ...member, assignments: [] })
    const joining = other.request(joinGroup, 3, joinRequest())
    await client.request(heartbeat, 0, member)
    await broker.brokers[own]!.stop()
    expect(errorName((await joining).errorCode)).toBe('NOT_COORDINATOR')
  })
})

describe('a partition that is moved', () => {
  it('is led by another replica', async () => {
    await newTopic([0, 1, 2])
    await broker.move('t', 0, 2)
    expect((await tell(0)).partitions).toEqual([[2, [0, 1, 2], [], 'NONE']])
  })

  it('gets a replica where it had none, in place of the leader', async () => {
    const topic = await newTopic([0, 1])
    await produceTo(await connect(0), topic, batchOf(['x']))
    await broker.move('t', 0, 2)
    expect((await tell(0)).partitions).toEqual([[2, [2, 1], [], 'NONE']])
    expect(await broker.topic('t').take(1)).toMatchObject([{ value: 'x' }])
  })

  it('goes nowhere where there is nobody', async () => {
    await newTopic([0, 1])
    await broker.brokers[2]!.stop()
    await expect(broker.move('t', 0, 2)).rejects.toThrow('broker 2 is stopped: start it first')
    await expect(broker.move('t', 0, 7)).rejects.toThrow(
      'there is no broker 7: there are 3 brokers (0, 1, 2)',
    )
    await expect(broker.move('none', 0, 1)).rejects.toThrow("there is no topic 'none'")
    await expect(broker.move('t', 9, 1)).rejects.toThrow("topic 't' has no partition 9")
  })
})

it('a consumer and a producer go on while one broker after the other restarts', async () => {
  await newTopic([0, 1, 2], [1, 2, 0], [2, 0, 1])
  const retry = { initialRetryTime: 10, maxRetryTime: 50, retries: 100 }
  const brokers = broker.bootstrapServers.split(',')
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry })
  const producer = kafka.producer({ idempotent: true, retry })
  const consumer = kafka.consumer({ groupId: 'g', retry, maxWaitTimeInMs: 50 })
  await Promise.all([producer.connect(), consumer.connect()])
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const seen = new Set<string>()
  await consumer.run({ eachMessage: async ({ message }) => void seen.add(String(message.value)) })
  const sent: string[] = []
  // kafkajs loses records for several partitions that are in one call while a leader moves.
  const send = async (): Promise<void> => {
    for (const partition of [0, 1, 2]) {
      const value = `${sent.length}`
      await producer.send({ topic: 't', messages: [{ partition, value }] })
      sent.push(value)
    }
  }
  await send()
  for (const each of broker.brokers) {
    await each.stop()
    await send()
    await each.start()
    await send()
  }
  await expect.poll(() => [...seen].toSorted(), { timeout: 20_000 }).toEqual(sent.toSorted())
  await Promise.all([producer.disconnect(), consumer.disconnect()])
})
