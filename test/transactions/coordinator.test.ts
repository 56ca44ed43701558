import { describe, expect, it } from 'vitest'
import type { Producer } from '../../src/transactions/transaction.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { a0, a1, adding, Driver, id, settle, verifying } from './driver.ts'

/** A transaction that is open in a0. */
async function ongoing(driver = new Driver(), clientVersion = 2, timeoutMs = 60_000) {
  const producer = await driver.begin(timeoutMs)
  await driver.coordinator.addPartitions(id, producer, [a0], clientVersion)
  return { driver, producer, coordinator: driver.coordinator }
}

const end = (driver: Driver, producer: Producer, commit = true, clientVersion = 2) =>
  driver.coordinator.endTransaction(id, { ...producer, commit, clientVersion })

const errorOf = async (refused: Promise<unknown> | undefined): Promise<string> => {
  try {
    await refused
    return 'NONE'
  } catch (error) {
    return error instanceof KafkaError ? error.error : String(error)
  }
}

const settled = async (promise: Promise<unknown> | undefined): Promise<boolean> => {
  let isSettled = false
  void Promise.resolve(promise).then(
    () => (isSettled = true),
    () => (isSettled = true),
  )
  await settle()
  return isSettled
}

describe('what is told of a transaction is stored', () => {
  it('rule 57: partitions are stored before records may go into them', async () => {
    const driver = new Driver()
    const producer = await driver.begin()
    driver.rows.hold()
    const added = driver.coordinator.addPartitions(id, producer, [a0], 0)
    const admitted = driver.coordinator.admit(id, producer, a0, verifying)
    expect(await settled(added)).toBe(false)
    expect(await settled(admitted)).toBe(false)
    driver.rows.release()
    await added
    await admitted
    expect(driver.row?.partitions).toEqual({ a: [0] })
    expect(driver.coordinator.admit(id, producer, a0, verifying)).toBe(undefined)
  })

  it('rule 57: partitions that a lost process had added are not there', async () => {
    const driver = new Driver()
    const producer = await driver.begin()
    driver.rows.hold()
    void driver.coordinator.addPartitions(id, producer, [a0], 0)
    await settle()
    driver.restart()
    expect(await errorOf(driver.coordinator.admit(id, producer, a0, verifying))).toBe(
      'TRANSACTION_ABORTABLE',
    )
  })

  it('rule 46: the decision is stored before EndTxn is answered, and before markers', async () => {
    const { driver, producer } = await ongoing()
    driver.writesMarkers = false
    driver.rows.hold()
    const ended = end(driver, producer)
    expect(await settled(ended)).toBe(false)
    expect(driver.markers).toEqual([])
    driver.rows.release()
    expect(await ended).toEqual({ ...producer, producerEpoch: 1 })
    expect(driver.row?.state).toBe('PrepareCommit')
    expect(driver.markers).toHaveLength(1)
  })

  it('a retry of the same request waits for the same row', async () => {
    const { driver, producer } = await ongoing()
    driver.rows.hold()
    const retried = driver.coordinator.addPartitions(id, producer, [a1], 0)
    const again = driver.coordinator.addPartitions(id, producer, [a1], 0)
    expect(await settled(again)).toBe(false)
    driver.rows.release()
    await retried
    await again
    expect(driver.rows.commits).toBe(3)
  })

  it('descriptions wait for what they tell', async () => {
    const { driver, coordinator } = await ongoing()
    driver.rows.hold()
    void end(driver, await producerOf(driver))
    const described = coordinator.get(id)
    const listed = coordinator.all()
    expect(await settled(described)).toBe(false)
    expect(await settled(listed)).toBe(false)
    driver.rows.release()
    expect((await described)?.state).toBe('PrepareCommit')
    expect((await listed).get(id)?.state).toBe('PrepareCommit')
  })

  it('a store that fails refuses with COORDINATOR_NOT_AVAILABLE', async () => {
    const driver = new Driver()
    driver.rows.commit = () => Promise.reject(new Error('disk full'))
    expect(await errorOf(driver.begin())).toBe('COORDINATOR_NOT_AVAILABLE')
  })
})

async function producerOf(driver: Driver): Promise<Producer> {
  const { producerId, producerEpoch } = (await driver.coordinator.get(id))!
  return { producerId, producerEpoch }
}

describe('markers', () => {
  it.each([
    [2, 1],
    [0, 0],
  ])('of version %i are of epoch %i', async (clientVersion, producerEpoch) => {
    const { driver, producer } = await ongoing(undefined, clientVersion)
    await end(driver, producer, false, clientVersion)
    await settle()
    expect(driver.markers).toMatchObject([
      {
        partition: a0,
        marker: { type: 'abort', producerId: 1000, producerEpoch, coordinatorEpoch: 1 },
        transactionVersion: clientVersion,
      },
    ])
    expect(driver.row).toMatchObject({ state: 'CompleteAbort', partitions: {} })
  })

  it('go to all partitions, and the transaction is complete when all have them', async () => {
    const { driver, producer, coordinator } = await ongoing()
    await coordinator.addPartitions(id, producer, [a1, { topic: 'constructor', partition: 2 }], 2)
    driver.writesMarkers = false
    await end(driver, producer)
    expect(driver.markers.map(({ partition }) => partition)).toEqual([
      a0,
      a1,
      { topic: 'constructor', partition: 2 },
    ])
    driver.markers[0]!.done()
    driver.markers[2]!.done()
    await settle()
    expect(driver.row?.state).toBe('PrepareCommit')
    driver.markers[1]!.done()
    await settle()
    expect(driver.row?.state).toBe('CompleteCommit')
  })

  it.each(['KAFKA_STORAGE_ERROR', 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_SERVER_ERROR'] as const)(
    'are tried again after %s, until the partition takes them',
    async error => {
      const { driver, producer } = await ongoing()
      driver.writesMarkers = false
      await end(driver, producer)
      for (let tries = 1; tries < 4; tries++) {
        expect(driver.markers).toHaveLength(tries)
        driver.markers.at(-1)!.fail(error)
        await settle()
        driver.clock.advance(100)
        await settle()
      }
      expect(driver.row?.state).toBe('PrepareCommit')
      driver.markers.at(-1)!.done()
      await settle()
      expect(driver.row?.state).toBe('CompleteCommit')
    },
  )

  it.each([
    'UNKNOWN_TOPIC_OR_PARTITION',
    'INVALID_PRODUCER_EPOCH',
    'TRANSACTION_COORDINATOR_FENCED',
  ] as const)('rule 58: are not needed where the answer is %s', async error => {
    const { driver, producer } = await ongoing()
    driver.writesMarkers = false
    await end(driver, producer)
    driver.markers[0]!.fail(error)
    await settle()
    expect(driver.row?.state).toBe('CompleteCommit')
    expect(driver.markers).toHaveLength(1)
  })

  it('are not tried again when the broker stops, and the transaction stays decided', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.writesMarkers = false
    await end(driver, producer)
    driver.markers[0]!.fail('KAFKA_STORAGE_ERROR')
    await settle()
    await coordinator.close()
    driver.clock.advance(1000)
    await settle()
    expect(driver.markers).toHaveLength(1)
    expect(driver.row?.state).toBe('PrepareCommit')
    expect(driver.clock.pending).toBe(0)
  })

  it('that are being written when the broker stops are waited for', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.writesMarkers = false
    await end(driver, producer)
    const closed = coordinator.close()
    expect(await settled(closed)).toBe(false)
    driver.markers[0]!.done()
    await closed
    expect(driver.row?.state).toBe('CompleteCommit')
  })
})

describe('rule 47: a start goes on with what was decided', () => {
  it.each([
    ['PrepareCommit', 'commit', 'CompleteCommit'],
    ['PrepareAbort', 'abort', 'CompleteAbort'],
  ] as const)('%s', async (state, type, after) => {
    const { driver } = await ongoing()
    driver.startWith({ ...driver.row!, state })
    expect(driver.markers).toMatchObject([
      { partition: a0, marker: { type, producerId: 1000, coordinatorEpoch: 2 } },
    ])
    await settle()
    expect(driver.row?.state).toBe(after)
  })

  it('and leaves what is open as it is', async () => {
    const { driver, producer } = await ongoing()
    driver.restart()
    await settle()
    expect(driver.markers).toEqual([])
    expect(driver.coordinator.isOpen(id, producer, a0, verifying)).toBe(true)
    expect(await end(driver, producer)).toEqual({ ...producer, producerEpoch: 1 })
  })
})

describe('admission', () => {
  it('rule 53: puts partitions into the transaction for clients that add none', async () => {
    const driver = new Driver()
    const producer = await driver.begin()
    await driver.coordinator.admit(id, producer, a0, adding)
    expect(driver.row).toMatchObject({ state: 'Ongoing', partitions: { a: [0] }, clientVersion: 2 })
    expect(driver.coordinator.admit(id, producer, a0, adding)).toBe(undefined)
  })

  it('rule 57: of older clients takes only what they have added', async () => {
    const { driver, producer, coordinator } = await ongoing()
    expect(coordinator.admit(id, producer, a0, verifying)).toBe(undefined)
    expect(await errorOf(coordinator.admit(id, producer, a1, verifying))).toBe(
      'TRANSACTION_ABORTABLE',
    )
    expect(driver.row?.partitions).toEqual({ a: [0] })
  })

  it.each([
    ['another producer id', { producerId: 7 }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['an older epoch', { producerEpoch: -1 }, 'INVALID_PRODUCER_EPOCH'],
    ['a later epoch', { producerEpoch: 1 }, 'INVALID_PRODUCER_EPOCH'],
  ])('refuses %s', async (_, wrong, error) => {
    const { producer, coordinator } = await ongoing()
    for (const support of [adding, verifying]) {
      const other = { ...producer, ...wrong }
      expect(await errorOf(coordinator.admit(id, other, a0, support))).toBe(error)
      expect(coordinator.isOpen(id, other, a0, support)).toBe(false)
    }
  })

  it.each([
    [{ ...verifying, knowsAbortable: false }, 'INVALID_TXN_STATE'],
    [verifying, 'TRANSACTION_ABORTABLE'],
  ])('tells %o what it understands', async (support, error) => {
    const { producer, coordinator } = await ongoing()
    expect(await errorOf(coordinator.admit(id, producer, a1, support))).toBe(error)
  })

  it.each([
    [{ ...verifying, knowsConcurrent: false }, 'NOT_ENOUGH_REPLICAS'],
    [verifying, 'CONCURRENT_TRANSACTIONS'],
  ])('tells %o to come again while markers are under way', async (support, error) => {
    const { driver, producer, coordinator } = await ongoing(undefined, 0)
    driver.writesMarkers = false
    await end(driver, producer, true, 0)
    expect(await errorOf(coordinator.admit(id, producer, a0, support))).toBe(error)
  })

  it('is over when the transaction ends, before that is stored', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.rows.hold()
    void end(driver, producer)
    await settle()
    expect(coordinator.isOpen(id, producer, a0, adding)).toBe(false)
    expect(coordinator.isOpen(id, { ...producer, producerEpoch: 1 }, a0, adding)).toBe(false)
  })

  it('of older clients is free where the broker is told not to verify', async () => {
    const driver = new Driver({ 'transaction.partition.verification.enable': 'false' })
    const { producer, coordinator } = await ongoing(driver)
    expect(coordinator.admit(id, producer, a1, verifying)).toBe(undefined)
    expect(coordinator.isOpen(id, producer, a1, verifying)).toBe(true)
    expect(coordinator.isOpen(id, producer, a1, adding)).toBe(false)
  })
})

describe('a transaction after one whose markers are under way', () => {
  it('waits for them', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.writesMarkers = false
    const next = await end(driver, producer)
    const admitted = coordinator.admit(id, next!, a1, adding)
    expect(await settled(admitted)).toBe(false)
    driver.markers[0]!.done()
    await admitted
    expect(driver.row).toMatchObject({ state: 'Ongoing', partitions: { a: [1] }, producerEpoch: 1 })
    expect(driver.clock.pending).toBe(2)
  })

  it('is refused with CONCURRENT_TRANSACTIONS after 100 ms', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.writesMarkers = false
    const next = await end(driver, producer)
    const admitted = errorOf(coordinator.admit(id, next!, a1, adding))
    driver.clock.advance(99)
    expect(await settled(admitted)).toBe(false)
    driver.clock.advance(1)
    expect(await admitted).toBe('CONCURRENT_TRANSACTIONS')
  })

  it('waits also with the producer id that comes after them', async () => {
    const driver = new Driver()
    driver.startWith({ ...(await ongoing()).driver.row!, producerEpoch: 32766 })
    driver.writesMarkers = false
    const next = await end(driver, { producerId: 1000, producerEpoch: 32766 })
    expect(next).toEqual({ producerId: 1000, producerEpoch: 0 })
    const admitted = driver.coordinator.admit(id, next!, a1, adding)
    driver.markers[0]!.done()
    await admitted
    expect(driver.row?.state).toBe('Ongoing')
  })
})

describe('rule 49: a transaction that takes too long', () => {
  it('is aborted by the next scan, and its producer is fenced', async () => {
    const { driver, producer, coordinator } = await ongoing(undefined, 0, 5000)
    driver.clock.advance(9999)
    await settle()
    expect(driver.row?.state).toBe('Ongoing')
    driver.clock.advance(1)
    await settle()
    expect(driver.markers).toMatchObject([{ marker: { type: 'abort', producerEpoch: 1 } }])
    expect(driver.row).toMatchObject({ state: 'CompleteAbort', producerEpoch: 1 })
    expect(await errorOf(end(driver, producer, true, 0))).toBe('PRODUCER_FENCED')
    expect(await errorOf(coordinator.admit(id, producer, a0, verifying))).toBe(
      'INVALID_PRODUCER_EPOCH',
    )
  })

  it('is left alone as long as its timeout has not passed', async () => {
    const { driver } = await ongoing(undefined, 2, 60_000)
    driver.clock.advance(60_000)
    await settle()
    expect(driver.row?.state).toBe('Ongoing')
    driver.clock.advance(10_000)
    await settle()
    expect(driver.row?.state).toBe('CompleteAbort')
  })

  it('counts from its first partition on, over restarts', async () => {
    const { driver } = await ongoing(undefined, 2, 25_000)
    driver.clock.advance(12_000)
    driver.restart()
    driver.clock.advance(10_000)
    await settle()
    expect(driver.row?.state).toBe('Ongoing')
    driver.clock.advance(10_000)
    await settle()
    expect(driver.row?.state).toBe('CompleteAbort')
  })

  it('is over when it has ended in time: no timer is left for it', async () => {
    const { driver, producer } = await ongoing()
    await end(driver, producer)
    driver.clock.advance(10_000)
    expect(driver.clock.pending).toBe(1)
    driver.clock.advance(1_000_000)
    await settle()
    expect(driver.row?.state).toBe('CompleteCommit')
  })

  it('gets another producer id when its epochs are used up', async () => {
    const driver = new Driver()
    const row = (await ongoing(undefined, 2, 5000)).driver.row!
    driver.startWith({ ...row, producerId: 7, producerEpoch: 32766 })
    driver.clock.advance(10_000)
    await settle()
    expect(driver.row).toMatchObject({ state: 'CompleteAbort', producerId: 1000, producerEpoch: 0 })
  })

  it('has no end with the largest timeout (KIP-939)', async () => {
    const driver = new Driver({ 'transaction.max.timeout.ms': '2147483647' })
    await ongoing(driver, 2, 2 ** 31 - 1)
    driver.clock.advance(2 ** 32)
    await settle()
    expect(driver.row?.state).toBe('Ongoing')
  })
})

describe('a transactional id that nobody uses', () => {
  const configs = { 'transactional.id.expiration.ms': '5000000' }

  it('is forgotten after a while', async () => {
    const driver = new Driver(configs)
    const first = await driver.begin()
    driver.clock.advance(3_600_000)
    await settle()
    expect(driver.row).toBeDefined()
    driver.clock.advance(3_600_000)
    await settle()
    expect(driver.row).toBe(undefined)
    expect(driver.clock.pending).toBe(0)
    expect(await driver.coordinator.get(id)).toBe(undefined)
    expect((await driver.begin()).producerId).not.toBe(first.producerId)
  })

  it('is kept while its transaction is open', async () => {
    const driver = new Driver({ ...configs, 'transaction.max.timeout.ms': '2147483647' })
    await ongoing(driver, 2, 2 ** 31 - 1)
    driver.clock.advance(20_000_000)
    await settle()
    expect(driver.row?.state).toBe('Ongoing')
  })
})

describe('several requests at the same time', () => {
  it('rule 40: the second instance fences the first and aborts what it had open', async () => {
    const { driver, producer, coordinator } = await ongoing()
    driver.writesMarkers = false
    expect(await errorOf(driver.begin())).toBe('CONCURRENT_TRANSACTIONS')
    expect(driver.row).toMatchObject({ state: 'PrepareAbort', producerEpoch: 1 })
    expect(coordinator.isOpen(id, producer, a0, adding)).toBe(false)
    expect(await errorOf(driver.begin())).toBe('CONCURRENT_TRANSACTIONS')
    driver.markers[0]!.done()
    await settle()
    expect(await driver.begin()).toEqual({ producerId: 1000, producerEpoch: 2 })
    expect(await errorOf(end(driver, producer, true))).toBe('PRODUCER_FENCED')
  })

  it('of two first instances, the later one has the id', async () => {
    const driver = new Driver()
    const [first, second] = await Promise.all([driver.begin(), driver.begin()])
    expect(first).toEqual({ producerId: expect.any(Number), producerEpoch: 0 })
    expect(second).toEqual({ producerId: first.producerId, producerEpoch: 1 })
  })

  it('of a commit and an abort, the first one decides', async () => {
    const { driver, producer } = await ongoing()
    const answers = await Promise.all([
      errorOf(end(driver, producer, true)),
      errorOf(end(driver, producer, false)),
    ])
    expect(answers).toEqual(['NONE', 'CONCURRENT_TRANSACTIONS'])
    await settle()
    expect(driver.row?.state).toBe('CompleteCommit')
    expect(await errorOf(end(driver, producer, false))).toBe('INVALID_TXN_STATE')
  })

  it('rule 41: of two when the epochs are used up, the ids differ from all before', async () => {
    const driver = new Driver()
    driver.startWith({ ...(await ongoing()).driver.row!, state: 'Empty', producerEpoch: 32766 })
    const first = await driver.begin()
    expect(first.producerEpoch).toBe(0)
    expect(await driver.begin()).toEqual({ ...first, producerEpoch: 1 })
  })
})
