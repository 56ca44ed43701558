import { expect, it } from 'vitest'
import { encodeMarker, parseMarker } from '../../protocol/control-records.ts'
import { crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type {
  AbortedTransaction,
  CompactionContext,
  LogConfig,
} from '../../storage/partition-log.ts'
import { keyedBatch, readAll, split, type KeyedRecord } from './batches.ts'
import { compacted, context } from './log-compaction-contract.ts'
import type { LogContext } from './log-contract.ts'

const day = 86_400_000
const producerEpoch = 0

const sent = (producerId: number, ...records: KeyedRecord[]): Buffer =>
  keyedBatch(records, { producerId, producerEpoch, baseSequence: 0, isTransactional: true })

const marker = (type: 'commit' | 'abort', producerId: number, epoch = producerEpoch): Buffer =>
  encodeMarker({ type, producerId, producerEpoch: epoch, coordinatorEpoch: 0 }, 1000)

const aborted = (
  producerId: number,
  firstOffset: number,
  lastOffset: number,
): AbortedTransaction => ({ producerId, firstOffset, lastOffset })

type Told = Partial<Omit<CompactionContext, 'abortedTransactions'>> & {
  abortedTransactions?: readonly AbortedTransaction[]
}

/** What compaction leaves of transactions in every log (Kafka: CleanedTransactionMetadata). */
export function transactionTests({ log, reopen, useConfig }: LogContext): void {
  /** A segment for each batch, and an active one that holds 'end'. */
  async function fill(batches: readonly Buffer[], config: Partial<LogConfig> = {}): Promise<void> {
    await useConfig({ ...compacted, ...config })
    for (const batch of [...batches, keyedBatch([['end', '.']])]) {
      await log().append(batch, 'durable')
    }
  }

  const compact = ({ abortedTransactions = [], ...fields }: Told = {}) =>
    log().compact(context({ ...fields, abortedTransactions: () => abortedTransactions }))

  /** There is something new to compact, or else it would not be worth it. */
  async function compactAgain(fields: Told = {}) {
    await log().append(keyedBatch([['end', '.']]), 'durable')
    return compact(fields)
  }

  /** Batch by batch: offset, and type of a marker or key and value of records, or nothing. */
  async function left(): Promise<string[]> {
    return split([await readAll(log())]).flatMap(batch => {
      expect(crcMatches(batch)).toBe(true)
      const { baseOffset, isControl } = parseBatchHeader(batch)
      const found = [...decodeRecords(batch, 100_000)]
      const records = isControl
        ? found.map(() => parseMarker(batch)!.type)
        : found.map(({ key, value }) => `${key!.toString()}=${value?.toString()}`)
      const text = `${baseOffset} ${records.join(' ') || '-'}`
      return text.endsWith('end=.') ? [] : [text]
    })
  }

  it('removes what was aborted, and leaves what is committed', async () => {
    await fill([
      sent(1, ['a', '1'], ['b', '1']),
      sent(2, ['c', '1']),
      marker('abort', 1),
      sent(1, ['d', '1']),
      marker('commit', 2),
      marker('commit', 1),
    ])
    await compact({ abortedTransactions: [aborted(1, 0, 3)] })
    expect(await left()).toEqual(['2 c=1', '3 abort', '4 d=1', '5 commit', '6 commit'])
  })

  it('keeps the last committed value of a key, although an aborted one came later', async () => {
    await fill([
      sent(1, ['a', '1']),
      marker('commit', 1),
      sent(1, ['a', '2']),
      marker('abort', 1),
      sent(2, ['b', '1']),
      marker('commit', 2),
      sent(2, ['b', null]),
      marker('abort', 2),
    ])
    const abortedTransactions = [aborted(1, 2, 3), aborted(2, 6, 7)]
    await compact({ abortedTransactions })
    expect(await left()).toEqual(['0 a=1', '1 commit', '3 abort', '4 b=1', '5 commit', '7 abort'])
  })

  it('removes a marker when no batch of its transaction is left and its time is over', async () => {
    await fill(
      [sent(1, ['a', '1']), marker('commit', 1), sent(2, ['a', '2']), marker('abort', 2)],
      {
        deleteRetentionMs: day,
      },
    )
    const abortedTransactions = [aborted(2, 2, 3)]
    await log().append(keyedBatch([['a', '3']]), 'durable')
    await log().append(keyedBatch([['x', '1']]), 'durable')
    expect(await compact({ abortedTransactions })).toEqual([])
    // The batches were still there when this compaction came upon the markers.
    const [first] = split([await readAll(log())])
    expect(parseBatchHeader(first!).hasDeleteHorizon).toBe(false)
    expect(await left()).toEqual(['1 commit', '3 abort', '5 a=3', '6 x=1'])

    expect(await compactAgain({ abortedTransactions, nowMs: 5000 })).toEqual(abortedTransactions)
    const markers = split([await readAll(log())]).slice(0, 2)
    for (const batch of markers) {
      const header = parseBatchHeader(batch)
      expect([header.hasDeleteHorizon, header.baseTimestamp]).toEqual([true, 5000 + day])
      expect([...decodeRecords(batch, 1000)][0]!.timestamp).toBe(1000)
    }

    expect(await compactAgain({ nowMs: 4999 + day })).toEqual([])
    expect(await left()).toEqual(['1 commit', '3 abort', '5 a=3', '6 x=1'])
    await reopen({ ...compacted, deleteRetentionMs: day })
    await compactAgain({ nowMs: 5000 + day })
    expect(await left()).toEqual(['5 a=3', '6 x=1'])
  })

  it('keeps the marker of an abort until its transaction has left the list', async () => {
    // Else readers would skip what the producer sends next.
    await fill([sent(1, ['a', '1']), marker('abort', 1), sent(1, ['b', '1']), marker('commit', 1)])
    const abortedTransactions = [aborted(1, 0, 1)]
    await compact({ abortedTransactions })
    for (let i = 0; i < 3; i++) {
      expect(await compactAgain({ abortedTransactions })).toEqual(abortedTransactions)
      expect(await left()).toEqual(['1 abort', '2 b=1', '3 commit'])
    }
    expect(await compactAgain()).toEqual([])
    expect(await left()).toEqual(['2 b=1', '3 commit'])
  })

  it('tells transactions of one producer apart, and batches within them', async () => {
    await fill([
      sent(7, ['a', '1']),
      marker('abort', 7),
      sent(7, ['b', '1']),
      marker('commit', 7),
      sent(7, ['c', '1']),
      sent(9, ['d', '1']),
      sent(7, ['e', '1'], ['f', '1']),
      marker('abort', 9),
      keyedBatch([['g', '1']], { producerId: 7, producerEpoch, baseSequence: 9 }),
      marker('abort', 7),
      sent(7, ['h', '1']),
    ])
    const abortedTransactions = [aborted(7, 0, 1), aborted(9, 5, 8), aborted(7, 4, 10)]
    await compact({ abortedTransactions, stableOffset: 11 })
    const rest = ['1 abort', '2 b=1', '3 commit', '8 abort', '9 g=1', '10 abort', '11 h=1']
    expect(await left()).toEqual(rest)
  })

  it('cleans what is decided although its marker is not stable yet', async () => {
    await fill([
      sent(1, ['a', '1']),
      sent(2, ['b', '1']),
      sent(3, ['c', '1']),
      marker('abort', 1),
      marker('commit', 2),
      keyedBatch([['b', '2']]),
    ])
    const abortedTransactions = [aborted(1, 0, 3)]
    const open = { abortedTransactions, stableOffset: 2 }
    expect(await compact(open)).toEqual([])
    expect(await left()).toEqual(['1 b=1', '2 c=1', '3 abort', '4 commit', '5 b=2'])
    // The third one, which was open, is committed now.
    await log().append(marker('commit', 3), 'durable')
    expect(await compactAgain({ abortedTransactions })).toEqual(abortedTransactions)
    expect(await left()).toEqual(['2 c=1', '3 abort', '4 commit', '5 b=2', '7 commit'])
  })

  it('keeps the header of the last batch of a producer, if aborted, and its marker', async () => {
    await fill([sent(1, ['a', '1']), sent(1, ['b', '1']), marker('abort', 1)])
    const fields = { abortedTransactions: [aborted(1, 0, 2)], lastOffsets: new Map([[1, 1]]) }
    for (let i = 0; i < 3; i++) {
      expect(await compactAgain(fields)).toEqual([])
      expect(await left()).toEqual(['1 -', '2 abort'])
    }
    const gone = { ...fields, lastOffsets: new Map<number, number>() }
    await compactAgain(gone)
    expect(await compactAgain(gone)).toEqual(fields.abortedTransactions)
    await compactAgain()
    expect(await left()).toEqual([])
  })

  it('keeps the header of the marker that tells the epoch of a producer', async () => {
    await fill([
      sent(1, ['a', '1']),
      marker('commit', 1),
      sent(1, ['a', '2']),
      marker('commit', 1, 1),
      keyedBatch([['a', '3']]),
    ])
    const markedEpochs = new Map([[1, 1]])
    for (let i = 0; i < 4; i++) await compactAgain({ markedEpochs })
    expect(await left()).toEqual(['3 -', '4 a=3'])
    const [empty] = split([await readAll(log())])
    expect(parseBatchHeader(empty!)).toMatchObject({ producerId: 1, producerEpoch: 1 })
    expect(parseBatchHeader(empty!)).toMatchObject({ isControl: true, isTransactional: true })
    await compactAgain()
    expect(await left()).toEqual(['4 a=3'])
  })

  it('leaves a control record alone that it does not know', async () => {
    const unknown = keyedBatch([['\0\0\0\x07', 'v']], { isControl: true })
    await fill([unknown])
    for (let i = 0; i < 4; i++) await compactAgain()
    const [batch] = split([await readAll(log())])
    expect(batch!.equals(unknown)).toBe(true)
  })
}
