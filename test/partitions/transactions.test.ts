import { describe, expect, it } from 'vitest'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { parseMarker, type TransactionMarker } from '../../protocol/control-records.ts'
import type { Partition } from '../../src/partitions/partition.ts'
import {
  append,
  batch,
  day,
  endTransaction,
  errorOf,
  Fixture,
  id,
  laggingLog,
  logConfig,
} from './fixture.ts'

const data = (producerId: number, baseSequence: number, count = 1, producerEpoch = 0) =>
  batch({ producerId, producerEpoch, baseSequence, isTransactional: true }, count)

const plain = () => batch()

function end(
  partition: Partition,
  producerId: number,
  { version = 0, ...fields }: Partial<TransactionMarker> & { version?: number } = {},
): Promise<void> {
  return endTransaction(partition, { producerId, ...fields }, version)
}

const abort = (partition: Partition, producerId: number) =>
  end(partition, producerId, { type: 'abort' })

const abortedIn = (partition: Partition, from = 0, to = Infinity) =>
  partition.aborted.overlapping(from, to)

describe('a marker', () => {
  it('is a control batch with an offset of its own (rule 55)', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(7, 0, 3))
    await end(partition, 7, { producerEpoch: 1, coordinatorEpoch: 5, version: 2 })
    const [stored] = await partition.read(3, 1e6, 4)
    expect(parseBatchHeader(stored!)).toMatchObject({
      baseOffset: 3,
      partitionLeaderEpoch: 3,
      isControl: true,
      isTransactional: true,
      baseSequence: -1,
      recordCount: 1,
    })
    expect(parseMarker(stored!)).toEqual({
      producerId: 7,
      producerEpoch: 1,
      coordinatorEpoch: 5,
      type: 'commit',
    })
    expect(partition.highWatermark).toBe(4)
  })

  it('of a coordinator that is not the newest is refused (rule 48)', async () => {
    const partition = await new Fixture().open()
    await end(partition, 7, { coordinatorEpoch: 2 })
    const old = errorOf(end(partition, 7, { coordinatorEpoch: 1 }))
    expect(await old).toBe('TRANSACTION_COORDINATOR_FENCED')
    expect(await errorOf(end(partition, 7, { coordinatorEpoch: 2 }))).toBe('NONE')
  })

  it('may come twice: its coordinator may not know that it was written (rule 47)', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(7, 0))
    for (const _ of [1, 2]) {
      await end(partition, 7, { producerEpoch: 1, version: 2, type: 'abort' })
    }
    expect(partition.lastStableOffset).toBe(3)
    expect(abortedIn(partition)).toEqual([{ producerId: 7, firstOffset: 0, lastOffset: 1 }])
  })

  it('is refused while another leader takes over', async () => {
    const partition = await new Fixture().open()
    partition.pauseAppends()
    expect(await errorOf(end(partition, 7))).toBe('NOT_LEADER_OR_FOLLOWER')
  })
})

describe('the last stable offset (rule 50; Kafka: UnifiedLog.lastStableOffset)', () => {
  it('is the high watermark without transactions', async () => {
    const partition = await new Fixture().open()
    await append(partition, plain())
    expect([partition.lastStableOffset, partition.highWatermark]).toEqual([1, 1])
  })

  it('is where the first open transaction begins', async () => {
    const partition = await new Fixture().open()
    const offsets: number[] = []
    const note = (): void => void offsets.push(partition.lastStableOffset)
    await append(partition, plain())
    await append(partition, data(1, 0, 2))
    note()
    await append(partition, data(2, 0))
    await append(partition, plain())
    await end(partition, 2)
    note()
    await abort(partition, 1)
    note()
    await append(partition, data(2, 1))
    await append(partition, data(1, 2))
    note()
    await end(partition, 2)
    note()
    expect(offsets).toEqual([1, 1, 7, 7, 8])
  })

  it('does not pass a transaction whose marker is not durable', async () => {
    const fixture = new Fixture()
    const { log, release } = laggingLog((await fixture.logs.open(id, logConfig)).log)
    const partition = await fixture.open({ log })
    const acks1 = { acks: 1, logAppendTime: false }
    await append(partition, data(1, 0), acks1)
    await append(partition, data(2, 0), acks1)
    release()
    const offsets: number[] = []
    partition.onWake(() => offsets.push(partition.lastStableOffset))
    void end(partition, 2)
    void end(partition, 1)
    await append(partition, data(2, 1), acks1)
    expect(partition.lastStableOffset).toBe(0)
    release()
    expect(partition.lastStableOffset).toBe(4)
    expect(offsets).toEqual([4])
  })

  it('is never below the first offset that is left', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(1, 0, 3))
    await append(partition, plain())
    await partition.trim(2)
    expect(partition.lastStableOffset).toBe(2)
    await partition.trim(-1)
    expect([partition.startOffset, partition.lastStableOffset]).toEqual([4, 4])
    await append(partition, plain())
    expect(partition.lastStableOffset).toBe(4)
    await end(partition, 1)
    expect(partition.lastStableOffset).toBe(6)
  })

  it('stays with a transaction that goes on in a later epoch', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(1, 0))
    await append(partition, data(1, 0, 1, 1))
    expect(partition.lastStableOffset).toBe(0)
    await end(partition, 1, { producerEpoch: 1, type: 'abort' })
    expect(abortedIn(partition)).toEqual([{ producerId: 1, firstOffset: 0, lastOffset: 2 }])
  })
})

describe('transactions of a partition that is opened again', () => {
  /** Two that were aborted, one that was committed, and one that is open since offset 7. */
  async function filled(fixture: Fixture): Promise<Partition> {
    const partition = await fixture.open()
    await append(partition, data(1, 0, 2))
    await append(partition, data(2, 0))
    await abort(partition, 1)
    await end(partition, 2)
    await append(partition, data(1, 2))
    await abort(partition, 1)
    await append(partition, data(3, 0))
    await append(partition, plain())
    return partition
  }

  async function expectSame(partition: Partition): Promise<void> {
    expect(partition.lastStableOffset).toBe(7)
    expect(abortedIn(partition)).toEqual([
      { producerId: 1, firstOffset: 0, lastOffset: 3 },
      { producerId: 1, firstOffset: 5, lastOffset: 6 },
    ])
    expect([...partition.activeProducers()]).toMatchObject([
      { producerId: 1, coordinatorEpoch: 0, transactionStart: null },
      { producerId: 2, coordinatorEpoch: 0, transactionStart: null },
      { producerId: 3, coordinatorEpoch: -1, transactionStart: 7 },
    ])
    await end(partition, 3)
    expect(partition.lastStableOffset).toBe(10)
  }

  it('are as they were when it was closed', async () => {
    const fixture = new Fixture()
    await (await filled(fixture)).close()
    expect(fixture.aborted.size).toBe(1)
    await expectSame(await fixture.open())
  })

  it('are found in the log after a crash (rule 23)', async () => {
    const fixture = new Fixture()
    await filled(fixture)
    await expectSame(await fixture.open())
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are the same when they were stored at %i', async count => {
    const stored = new Fixture()
    const before = await stored.open()
    const whole = new Fixture()
    const all = await (await filled(whole)).read(0, 1e6, 9)
    for (const each of all.slice(0, count)) {
      const header = parseBatchHeader(each)
      const marker = parseMarker(each)
      if (marker === undefined) await before.append(each, header, { acks: 1, logAppendTime: false })
      else await endTransaction(before, marker)
    }
    await before.close()
    whole.restore(stored)
    await expectSame(await whole.open())
  })

  it('are found in the log when what was stored lies beyond its end', async () => {
    const fixture = new Fixture()
    await (await filled(fixture)).close()
    fixture.store({ ...fixture.saved!, endOffset: 10 })
    fixture.aborted.set(`${id.topicId}:0:7`, { transactions: [[1, 8, 9, 10]] })
    await expectSame(await fixture.open())
    // The log will grow past the offsets of those that it has lost.
    expect([...fixture.aborted.keys()]).toEqual([`${id.topicId}:0:0`])
  })

  it('are found in the log when only rows of aborted ones are left', async () => {
    const fixture = new Fixture()
    await (await filled(fixture)).close()
    fixture.store(undefined)
    const partition = await fixture.open()
    await expectSame(partition)
    await partition.close()
    expect([...fixture.aborted.values()].map(row => row.transactions.length)).toEqual([2])
  })

  it('are forgotten with their records, in rows as well', async () => {
    const fixture = new Fixture()
    const partition = await filled(fixture)
    await partition.trim(4)
    expect(abortedIn(partition)).toHaveLength(1)
    await partition.close()
    const after = await fixture.open()
    expect(abortedIn(after)).toHaveLength(1)
    await after.trim(7)
    expect(abortedIn(after)).toEqual([])
    await after.close()
    expect(fixture.aborted.size).toBe(0)
  })
})

describe('a transactional batch (rule 52, KIP-890)', () => {
  const verified = (isAdmitted: () => boolean) => ({ acks: -1, logAppendTime: false, isAdmitted })

  it('may begin a transaction only where that is known to be open', async () => {
    const partition = await new Fixture().open()
    const refused = (async () =>
      append(
        partition,
        data(1, 0),
        verified(() => false),
      ))()
    expect(await errorOf(refused)).toBe('INVALID_TXN_STATE')
    await append(
      partition,
      data(1, 0),
      verified(() => true),
    )
    // Nobody is asked while it is open here.
    await append(
      partition,
      data(1, 1),
      verified(() => expect.fail()),
    )
    await end(partition, 1)
    const late = (async () =>
      append(
        partition,
        data(1, 2),
        verified(() => false),
      ))()
    expect(await errorOf(late)).toBe('INVALID_TXN_STATE')
    expect(partition.endOffset).toBe(3)
  })

  it('of an epoch that was fenced is refused, whatever its transaction (rule 54)', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(1, 0))
    await end(partition, 1, { producerEpoch: 1, version: 2 })
    const late = (async () =>
      append(
        partition,
        data(1, 1),
        verified(() => expect.fail()),
      ))()
    expect(await errorOf(late)).toBe('INVALID_PRODUCER_EPOCH')
    expect(partition.lastStableOffset).toBe(2)
  })

  it('of a producer is not followed by one outside of the transaction', async () => {
    const partition = await new Fixture().open()
    await append(partition, data(1, 0))
    const other = batch({ producerId: 1, producerEpoch: 0, baseSequence: 1 })
    expect(await errorOf((async () => append(partition, other))())).toBe('INVALID_TXN_STATE')
  })

  it('keeps its producer known, however long it takes (rule 24)', async () => {
    const fixture = new Fixture()
    const partition = await fixture.open()
    await append(partition, data(1, 0))
    await append(partition, data(2, 0))
    await end(partition, 2)
    fixture.clock.advance(day + 1)
    expect([...partition.activeProducers()]).toMatchObject([{ producerId: 1 }])
    const gap = (async () => append(partition, data(1, 2)))()
    expect(await errorOf(gap)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await end(partition, 1)
    expect(partition.lastStableOffset).toBe(4)
  })
})
