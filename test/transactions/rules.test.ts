import { describe, expect, it } from 'vitest'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { initProducerId as initProducerIdApi } from '../../protocol/apis/22-init-producer-id.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { KafkaError, type ErrorName } from '../../protocol/errors.ts'
import { deadlineOf, isExpired } from '../../src/transactions/deadlines.ts'
import { complete, endTransaction, fence, producerAfter } from '../../src/transactions/end.ts'
import { initProducerId } from '../../src/transactions/init-producer-id.ts'
import { addPartitions, isOpenIn, verifyPartition } from '../../src/transactions/partitions.ts'
import {
  fencing,
  offsetCommitSupport,
  produceSupport,
  understood,
  type Support,
} from '../../src/transactions/support.ts'
import type { Producer, Transaction } from '../../src/transactions/transaction.ts'
import * as tables from './rule-table.ts'
import { states, type State } from './rule-table.ts'

const nowMs = 3000
const newProducerId = 900
const a0 = { topic: 'a', partition: 0 }
const b3 = { topic: 'b', partition: 3 }

const errorNames: Readonly<Record<string, ErrorName>> = {
  MAPPING: 'INVALID_PRODUCER_ID_MAPPING',
  FENCED: 'PRODUCER_FENCED',
  BUSY: 'CONCURRENT_TRANSACTIONS',
  INVALID: 'INVALID_TXN_STATE',
  ABORTABLE: 'TRANSACTION_ABORTABLE',
}

/** A transaction in this state, with a-0 while it is open. */
function transactionIn(state: State, changes: Partial<Transaction> = {}): Transaction | undefined {
  if (state === 'None') return undefined
  const isOpen = state === 'Ongoing' || state === 'PrepareCommit' || state === 'PrepareAbort'
  return {
    producerId: 5,
    previousProducerId: 5,
    nextProducerId: -1,
    producerEpoch: 7,
    lastProducerEpoch: 6,
    timeoutMs: 60_000,
    state,
    partitions: isOpen ? { a: [0] } : {},
    startTimestamp: state === 'Empty' ? -1 : 1000,
    updateTimestamp: 2000,
    clientVersion: 1,
    ...changes,
  }
}

const exhausted = { producerEpoch: 32766, lastProducerEpoch: 32765 }
/** The id 4 has ended with its last epoch. */
const replaced = { previousProducerId: 4, producerEpoch: 0, lastProducerEpoch: 32766 }

/** Who asks, by the words of the tables. */
function asker(words: string, { producerEpoch = 7 }: Partial<Producer> = {}): Producer {
  const epochs = new Map([
    ['its epoch', producerEpoch],
    ['the last epoch', producerEpoch - 1],
    ['an older epoch', producerEpoch - 2],
    ['a later epoch', producerEpoch + 1],
    ['another id', producerEpoch],
  ])
  return { producerId: words === 'another id' ? 99 : 5, producerEpoch: epochs.get(words)! }
}

function askerOfLastId(words: string): Producer {
  return { producerId: 4, producerEpoch: words === 'its last epoch' ? 32766 : 32765 }
}

interface Row {
  asked: string
  state: State
  cell: string
}

/** The cells of a table, one by one. */
function rowsOf(table: string): Row[] {
  return table
    .trim()
    .split('\n')
    .flatMap(line => {
      const words = line.trim().split(/\s+/)
      const cells = words.splice(-states.length)
      expect(cells).toHaveLength(states.length)
      return states.map((state, i) => ({ asked: words.join(' '), state, cell: cells[i]! }))
    })
}

type Expected = Partial<Transaction> | ErrorName | 'as before'

async function check(
  run: () => Transaction | Promise<Transaction>,
  before: Transaction | undefined,
  expected: Expected,
): Promise<void> {
  const frozen = before && Object.freeze(before)
  let result: Transaction | ErrorName
  try {
    result = await run()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    result = error.error
  }
  if (expected === 'as before') expect(result).toBe(frozen)
  else if (typeof expected === 'string') expect(result).toBe(expected)
  else {
    const previousProducerId = before?.producerId ?? newProducerId
    expect(result).toEqual({ ...before, previousProducerId, ...expected })
  }
}

/** What a cell says of a request in a version that knows PRODUCER_FENCED, or does not. */
function expectation(
  cell: string,
  outcomes: Readonly<Record<string, Partial<Transaction>>>,
  knowsFenced: boolean,
): Expected {
  if (cell === 'same') return 'as before'
  if (cell === 'FENCED' && !knowsFenced) return 'INVALID_PRODUCER_EPOCH'
  const expected = errorNames[cell] ?? outcomes[cell]
  if (expected === undefined) throw new Error(`no outcome ${cell}`)
  return expected
}

const versionsOf = ({ versions: [first, last] }: { versions: readonly [number, number] }) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

const levels = [0, 1, 2]

/** The abort of the coordinator, by its level of transaction.version. */
function aborted(level: number, producerEpoch = 7): Partial<Transaction> {
  const common = { state: 'PrepareAbort', updateTimestamp: nowMs } as const
  const raised = { ...common, producerEpoch: Math.min(producerEpoch + 1, 32767) }
  return level < 2
    ? { ...raised, lastProducerEpoch: -1, nextProducerId: -1, clientVersion: 0 }
    : {
        ...raised,
        lastProducerEpoch: producerEpoch,
        nextProducerId: producerEpoch < 32766 ? -1 : newProducerId,
        clientVersion: 2,
      }
}

describe.each(versionsOf(initProducerIdApi))('InitProducerId v%i', version => {
  const knowsFenced = version >= 4
  const timeoutMs = 1234

  describe.each(levels)('at transaction.version %i', transactionVersion => {
    const cases = [
      { table: tables.initAnew, changes: {}, ask: () => undefined },
      { table: tables.initAnewExhausted, changes: exhausted, ask: () => undefined },
      ...(version < 3
        ? []
        : [
            { table: tables.initAgain, changes: {}, ask: asker },
            {
              table: tables.initAgainExhausted,
              changes: exhausted,
              ask: (words: string) => asker(words, exhausted),
            },
            { table: tables.initOfLastId, changes: replaced, ask: askerOfLastId },
          ]),
    ]
    const rows = cases.flatMap(({ table, changes, ask }) =>
      rowsOf(table).map(row => ({ ...row, changes, expected: ask(row.asked) })),
    )

    it.each(rows)('$asked in $state, $changes: $cell', async row => {
      const { state, cell, changes, expected } = row
      const before = transactionIn(state, changes)
      const epoch = before?.producerEpoch ?? -1
      const empty = { state: 'Empty', timeoutMs, partitions: {}, startTimestamp: -1 } as const
      const begun = { ...empty, updateTimestamp: nowMs }
      const another = { producerId: newProducerId, producerEpoch: 0 }
      const none = { nextProducerId: -1, lastProducerEpoch: -1, clientVersion: 0 }
      const outcomes = {
        created: { ...begun, ...another, ...none },
        next: { ...begun, producerEpoch: epoch + 1, lastProducerEpoch: -1 },
        raised: { ...begun, producerEpoch: epoch + 1, lastProducerEpoch: epoch },
        again: begun,
        rotated: { ...begun, ...another, lastProducerEpoch: -1 },
        replaced: { ...begun, ...another, lastProducerEpoch: epoch },
        fences: aborted(transactionVersion, epoch),
      }
      const surroundings = { nowMs, newProducerId, transactionVersion }
      const request = { timeoutMs, expected }
      const run = async () => initProducerId(before, request, surroundings)
      await check(
        () => fencing(knowsFenced, run()),
        before,
        expectation(cell, outcomes, knowsFenced),
      )
    })
  })
})

/** What adding leads to. */
function addition(before: Transaction | undefined, added: typeof a0, clientVersion: number) {
  const updated = { updateTimestamp: nowMs, clientVersion }
  const partitions = { [added.topic]: [added.partition] }
  return {
    begins: { ...updated, partitions, state: 'Ongoing', startTimestamp: nowMs } as const,
    joins: { ...updated, partitions: { ...before?.partitions, ...partitions } },
  }
}

const additions = [
  ...versionsOf(addPartitionsToTxn).map(version => ({
    request: `AddPartitionsToTxn v${version}`,
    knowsFenced: version >= 2,
    clientVersion: version < 4 ? 0 : 2,
  })),
  ...versionsOf(addOffsetsToTxn).map(version => ({
    request: `AddOffsetsToTxn v${version}`,
    knowsFenced: version >= 2,
    clientVersion: 0,
  })),
]

describe.each(additions)('$request', ({ knowsFenced, clientVersion }) => {
  const rows = [
    ...rowsOf(tables.add).map(row => ({ ...row, added: b3 })),
    ...rowsOf(tables.addSame).map(row => ({ ...row, added: a0 })),
  ]

  it.each(rows)('$added, $asked in $state: $cell', async ({ asked, state, cell, added }) => {
    const before = transactionIn(state)
    const outcomes = addition(before, added, clientVersion)
    const run = async () => addPartitions(before, asker(asked), [added], { clientVersion, nowMs })
    await check(() => fencing(knowsFenced, run()), before, expectation(cell, outcomes, knowsFenced))
  })
})

describe('AddPartitionsToTxn v4 and v5 that only ask', () => {
  const rows = [
    ...rowsOf(tables.verify).map(row => ({ ...row, partition: b3 })),
    ...rowsOf(tables.verifySame).map(row => ({ ...row, partition: a0 })),
  ]

  it.each(rows)('$partition, $asked in $state: $cell', async row => {
    const { asked, state, cell, partition } = row
    const before = transactionIn(state)
    const run = () => {
      verifyPartition(before, asker(asked), partition)
      return before!
    }
    await check(run, before, expectation(cell, {}, true))
  })
})

const admissions = [
  ...versionsOf(produce).map(version => ({
    request: `Produce v${version}`,
    support: produceSupport(version),
  })),
  ...versionsOf(txnOffsetCommit).map(version => ({
    request: `TxnOffsetCommit v${version}`,
    support: offsetCommitSupport(version),
  })),
]

/** Kafka: AddPartitionsToTxnManager, ReplicaManager.handleProduceAppend. */
function inWordsOf({ knowsAbortable, knowsConcurrent }: Support, error: Expected): Expected {
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  if (error === 'TRANSACTION_ABORTABLE' && !knowsAbortable) return 'INVALID_TXN_STATE'
  if (error === 'CONCURRENT_TRANSACTIONS' && !knowsConcurrent) return 'NOT_ENOUGH_REPLICAS'
  return error
}

describe.each(admissions)('rules 52, 53: $request', ({ support }) => {
  const [other, same] = support.adds
    ? [tables.add, tables.addSame]
    : [tables.verify, tables.verifySame]
  const rows = [
    ...rowsOf(other).map(row => ({ ...row, partition: b3 })),
    ...rowsOf(same).map(row => ({ ...row, partition: a0 })),
  ]

  it.each(rows)('$partition, $asked in $state: $cell', async row => {
    const { asked, state, cell, partition } = row
    const before = transactionIn(state)
    const producer = asker(asked)
    const run = (): Transaction => {
      try {
        if (support.adds) {
          return addPartitions(before, producer, [partition], { clientVersion: 2, nowMs })
        }
        verifyPartition(before, producer, partition)
        return before!
      } catch (error) {
        throw understood(error, support)
      }
    }
    const outcomes = addition(before, partition, 2)
    await check(run, before, inWordsOf(support, expectation(cell, outcomes, true)))
    expect(isOpenIn(before, producer, partition)).toBe(
      state === 'Ongoing' && cell === 'same' && partition === a0,
    )
  })
})

describe.each(versionsOf(endTxn))('EndTxn v%i', version => {
  const clientVersion = version < 5 ? 0 : 2
  const knowsFenced = version >= 2
  const cases =
    version < 5
      ? [
          { commit: true, table: tables.commitInEpoch, changes: {}, ask: asker },
          { commit: false, table: tables.abortInEpoch, changes: {}, ask: asker },
        ]
      : [
          { commit: true, table: tables.commitWithNewEpoch, changes: {}, ask: asker },
          { commit: false, table: tables.abortWithNewEpoch, changes: {}, ask: asker },
          { commit: true, table: tables.commitOfLastId, changes: replaced, ask: askerOfLastId },
          { commit: false, table: tables.abortOfLastId, changes: replaced, ask: askerOfLastId },
          ...[true, false].map(commit => ({
            commit,
            table: commit ? tables.commitWithNewEpoch : tables.abortWithNewEpoch,
            changes: exhausted,
            ask: (words: string) => asker(words, exhausted),
          })),
        ]
  const rows = cases.flatMap(({ table, ask, ...rest }) =>
    rowsOf(table).map(row => ({ ...row, ...rest, producer: ask(row.asked) })),
  )

  it.each(rows)('commit $commit, $asked in $state, $changes: $cell', async row => {
    const { state, cell, changes, producer, commit } = row
    const before = transactionIn(state, changes)
    const decided = { updateTimestamp: nowMs, clientVersion, nextProducerId: -1 }
    const epoch = before?.producerEpoch ?? -1
    const raised = {
      ...decided,
      producerEpoch: epoch + 1,
      lastProducerEpoch: epoch,
      nextProducerId: epoch === 32766 ? newProducerId : -1,
    }
    const outcomes = {
      commits: { ...decided, state: 'PrepareCommit' },
      aborts: { ...decided, state: 'PrepareAbort' },
      commits2: { ...raised, state: 'PrepareCommit' },
      aborts2: { ...raised, state: 'PrepareAbort' },
      ends2: { ...raised, state: 'PrepareAbort', startTimestamp: nowMs },
    } as const
    const surroundings = { nowMs, newProducerId, transactionVersion: 2 }
    const request = { ...producer, commit, clientVersion }
    const run = async () => endTransaction(before, request, surroundings)
    await check(() => fencing(knowsFenced, run()), before, expectation(cell, outcomes, knowsFenced))
  })
})

describe('rules 40, 49: the coordinator aborts what is open', () => {
  const epochs = [7, 32765, 32766, 32767]
  const cases = levels.flatMap(level => epochs.map(epoch => ({ level, epoch })))

  it.each(cases)('at transaction.version $level, in epoch $epoch', async ({ level, epoch }) => {
    const before = transactionIn('Ongoing', { producerEpoch: epoch })!
    const surroundings = { nowMs, newProducerId, transactionVersion: level }
    await check(() => fence(before, surroundings), before, aborted(level, epoch))
  })
})

describe('when all markers are written', () => {
  it.each([
    ['PrepareCommit', 'CompleteCommit'],
    ['PrepareAbort', 'CompleteAbort'],
  ] as const)('%s is %s', async (state, after) => {
    for (const clientVersion of levels) {
      const before = transactionIn(state, { clientVersion })!
      const completed = { state: after, partitions: {}, updateTimestamp: nowMs }
      await check(() => complete(before, nowMs), before, completed)
      expect(producerAfter(before)).toEqual({ producerId: 5, producerEpoch: 7 })
    }
  })

  it('rule 41: another id takes over, and the last epoch is kept for retries', async () => {
    const before = transactionIn('PrepareCommit', {
      producerEpoch: 32767,
      lastProducerEpoch: 32766,
      nextProducerId: newProducerId,
      clientVersion: 2,
    })!
    const another = { producerId: newProducerId, producerEpoch: 0 }
    expect(producerAfter(before)).toEqual(another)
    await check(() => complete(before, nowMs), before, {
      ...another,
      nextProducerId: -1,
      state: 'CompleteCommit',
      partitions: {},
      updateTimestamp: nowMs,
    })
  })
})

describe('time', () => {
  it.each(states.slice(1))('rule 49: a transaction in the state %s', state => {
    const transaction = transactionIn(state)!
    expect(deadlineOf(transaction)).toBe(state === 'Ongoing' ? 61_000 : Infinity)
    const isOver = ['Empty', 'CompleteCommit', 'CompleteAbort'].includes(state)
    expect(isExpired(transaction, 12_000, 10_000)).toBe(isOver)
    expect(isExpired(transaction, 11_999, 10_000)).toBe(false)
  })

  it('has no end with the largest timeout', () => {
    const transaction = transactionIn('Ongoing', { timeoutMs: 2 ** 31 - 1 })!
    expect(deadlineOf(transaction)).toBe(Infinity)
  })
})
