/** The checkers find what they are for: each history here is wrong in one way, or in none. */
import { describe, expect, it } from 'vitest'
import {
  History,
  type Outcome,
  type Seen,
  type SeenRecord,
  type TopicRules,
  type Transaction,
  type Write,
} from './history.ts'
import { checkOffset, checkRead, floorOf } from './reads.ts'
import { chainViolations, verdict, type FinalPartition, type FinalState } from './verdict.ts'

const keepAll: TopicRules = {
  name: 'events',
  isCompacted: false,
  retentionMs: Infinity,
  isBrief: false,
}
const topicId = 'topic'
const nowMs = 10_000

/** A history of one topic with two partitions. */
class Told {
  readonly history = new History()
  #place = 0
  #nowMs = 0

  constructor(rules: Partial<TopicRules> = {}) {
    this.history.createTopic({ ...keepAll, ...rules }, topicId, 2)
  }

  /** Without an offset, it was never acknowledged. */
  write(id: string, partition: number, offset?: number, details: Partial<Write> = {}): Write {
    const write = this.history.send({
      id,
      key: 'k',
      stream: 's',
      place: this.#place++,
      topic: 'events',
      partition,
      topicId,
      transaction: undefined,
      source: undefined,
      timestamp: this.#nowMs,
      sentMs: ++this.#nowMs,
      ...details,
    })
    if (offset !== undefined) this.history.acknowledge(write, offset, ++this.#nowMs)
    return write
  }

  /** Writes at offset 0 of one or both partitions, and its end. */
  transaction(outcome: Outcome, partitions: readonly number[] = [0, 1]): Transaction {
    const transaction = this.history.begin('t', 'id')
    for (const partition of partitions) this.write(`t${partition}`, partition, 0, { transaction })
    this.history.end(transaction, outcome, ++this.#nowMs)
    return transaction
  }

  read(records: readonly SeenRecord[], details: Partial<Seen> = {}): string[] {
    const floor = floorOf(this.history.partition(topicId, 0))
    const next = (records.at(-1)?.offset ?? -1) + 1
    const seen: Seen = {
      topicId,
      partition: 0,
      isCommitted: true,
      from: 0,
      next,
      records,
      startOffset: 0,
      lastStableOffset: next,
      highWatermark: next,
      sentMs: 0,
      ...details,
    }
    checkRead(this.history, seen, floor)
    return this.history.violations
  }

  judge(...partitions: readonly FinalPartition[]): string[] {
    return verdict(this.history, { nowMs, partitions, offsets: new Map() })
  }
}

const at = (offset: number, id: string, key = 'k'): SeenRecord => ({ offset, id, key })

function final(
  partition: number,
  committed: readonly SeenRecord[],
  details: Partial<FinalPartition> = {},
): FinalPartition {
  const highWatermark = (committed.at(-1)?.offset ?? -1) + 1
  return {
    topicId,
    partition,
    startOffset: 0,
    lastStableOffset: highWatermark,
    highWatermark,
    committed,
    uncommitted: committed,
    ...details,
  }
}

describe('a read', () => {
  it('finds what is committed, and what no transaction has written', () => {
    const told = new Told()
    told.transaction('committed')
    told.write('w', 0, 1)
    expect(told.read([at(0, 't0'), at(1, 'w')])).toEqual([])
    expect(told.read([at(1, 'w')], { from: 1 })).toEqual([])
  })

  it.each(['open', 'aborted'] as const)('must not find what is %s', outcome => {
    const told = new Told()
    told.transaction(outcome)
    expect(told.read([at(0, 't0')])[0]).toMatch(/(aborted|dirty) read: t0 of t at 0/)
    const uncommitted = new Told()
    uncommitted.transaction(outcome)
    expect(uncommitted.read([at(0, 't0')], { isCommitted: false })).toEqual([])
  })

  it('must not pass over what is committed', () => {
    const told = new Told()
    told.transaction('committed')
    expect(told.read([], { next: 1, lastStableOffset: 1, highWatermark: 1 })).toEqual([
      'events-0 (topic): lost write: t0 at 0 is not read',
    ])
  })

  it('must not leave out what was read before', () => {
    const told = new Told()
    told.transaction('unknown')
    told.read([at(0, 't0')])
    expect(told.read([], { next: 1, lastStableOffset: 1, highWatermark: 1 })).toEqual([
      'events-0 (topic): skipped: t0 at 0 is no longer read',
    ])
  })

  it('must not find another record than before, or one twice', () => {
    const told = new Told()
    told.write('v', 0)
    told.write('w', 0)
    told.read([at(0, 'v')])
    told.read([at(0, 'w'), at(1, 'w')])
    expect(told.history.violations).toEqual([
      'events-0 (topic): changed: offset 0 has w, and had v',
      'events-0 (topic): duplicate: w is at 1 and at 0',
      'events-0 (topic): skipped: v at 0 is no longer read',
    ])
  })

  it('must not find a record elsewhere, with another key, or of nobody', () => {
    const told = new Told()
    told.write('v', 0, 3)
    expect(told.read([at(0, 'v', 'other'), at(1, 'w')])).toEqual([
      'events-0 (topic): offset 0 has v with key other',
      'events-0 (topic): v is at 0, and was acknowledged at 3',
      'events-0 (topic): offset 1 has w, which nobody sent',
    ])
  })

  it.each(['lastStableOffset', 'highWatermark', 'startOffset'] as const)(
    'must not see %s go back',
    name => {
      const told = new Told()
      const positions = { startOffset: 5, lastStableOffset: 5, highWatermark: 5, from: 5, next: 5 }
      told.read([], positions)
      const later = { ...positions, highWatermark: 6, [name]: 4 }
      expect(told.read([], later)).toContain(`events-0 (topic): ${name} goes back from 5 to 4`)
    },
  )

  it('must not see the last stable offset beyond the high watermark, or read beyond it', () => {
    const beyond = new Told().read([], { lastStableOffset: 2, highWatermark: 1 })
    expect(beyond).toEqual(['events-0 (topic): the last stable offset 2 is above 1'])
    const told = new Told()
    told.write('w', 0, 0)
    expect(told.read([at(0, 'w')], { lastStableOffset: 0 })).toHaveLength(1)
  })
})

describe('a committed offset', () => {
  it.each([
    ['committed', 5, 't', []],
    ['unknown', -1, '', []],
    ['unknown', 5, 't', []],
    ['committed', -1, '', ['lost offset: found -1, t committed 5']],
    ['aborted', 5, 't', ['aborted read: 5 of t']],
    ['open', 5, 't', ['dirty read: 5 of t, before its commit']],
    ['committed', 6, 't', ['6 by t was committed by nobody']],
  ] as const)('of a transaction that is %s is %i by %s: %j', (outcome, offset, metadata, found) => {
    const { history } = new Told()
    const transaction = history.begin('t', 'id')
    history.sendOffset(transaction, 0, 5)
    history.end(transaction, outcome, 1)
    checkOffset(history, 0, { offset, metadata }, 2)
    expect(history.violations).toEqual(found.map(each => `group: offset of 0: ${each}`))
  })
})

describe('in the end, a transaction', () => {
  it.each([
    ['committed', true, true, []],
    ['committed', true, false, ['lost write: t1 of t at 0']],
    ['unknown', true, true, []],
    ['unknown', false, false, []],
    ['unknown', true, false, ['torn transaction: t1 of t at 0']],
    ['aborted', false, false, []],
    ['aborted', true, false, ['aborted read: t0 of t, aborted']],
    ['open', false, true, ['aborted read: t1 of t, open']],
  ] as const)('that is %s: %s and %s are visible: %j', (outcome, first, second, found) => {
    const told = new Told()
    told.transaction(outcome)
    const partitions = [first, second].map((isVisible, i) =>
      final(i, isVisible ? [at(0, `t${i}`)] : []),
    )
    const violations = told.judge(...partitions)
    expect(violations.map(each => each.replace(/^.*?: /, ''))).toEqual(found)
  })

  it('is whole if any of it was ever read', () => {
    const told = new Told({ retentionMs: 100 })
    told.transaction('unknown')
    told.read([at(0, 't0')])
    const gone = final(0, [], { startOffset: 1, highWatermark: 1, lastStableOffset: 1 })
    expect(told.judge(gone, final(1, []))).toEqual([
      'events-1 (topic): torn transaction: t1 of t at 0',
    ])
  })

  it('must not hang', () => {
    const violations = new Told().judge(final(0, [], { highWatermark: 4 }))
    expect(violations).toEqual(['events-0 (topic): hanging transaction: stable to 0 of 4'])
  })

  it.each([
    ['committed', 'records and an offset', { offset: 5, transaction: 't' }, true, []],
    [
      'committed',
      'records only',
      undefined,
      true,
      ['lost offset: t has committed 5 of 0, found -1'],
    ],
    ['unknown', 'nothing', undefined, false, []],
    [
      'unknown',
      'an offset only',
      { offset: 5, transaction: 't' },
      false,
      ['torn transaction: t has committed offset 5, and no record'],
    ],
    ['unknown', 'records only', undefined, true, ['lost offset: t has committed 5 of 0, found -1']],
  ] as const)('that is %s has %s', (outcome, _, offset, isVisible, found) => {
    const { history } = new Told()
    const told = { history }
    const transaction = told.history.begin('t', 'id')
    history.sendOffset(transaction, 0, 5)
    const details = { transaction, key: 'k', stream: 's', place: 0, topic: 'events', topicId }
    const rest = { partition: 0, source: undefined, timestamp: 0, sentMs: 1 }
    history.acknowledge(history.send({ id: 'w', ...details, ...rest }), 0, 2)
    history.end(transaction, outcome, 3)
    const offsets: FinalState['offsets'] = new Map(offset && [[0, offset]])
    const partitions = [final(0, isVisible ? [at(0, 'w')] : [])]
    const violations = verdict(history, { nowMs, partitions, offsets })
    expect(violations).toEqual(found.map(each => `group: ${each}`))
  })
})

describe('in the end, a record', () => {
  it('must be there if it was acknowledged', () => {
    const told = new Told()
    told.write('v', 0, 0)
    told.write('w', 0)
    expect(told.judge(final(0, []))).toEqual(['events-0 (topic): lost write: v of s at 0'])
  })

  it('may be replaced where records are compacted, by a visible one', () => {
    for (const isCompacted of [true, false]) {
      const told = new Told({ isCompacted })
      told.write('v', 0, 0)
      told.write('w', 0, 1)
      expect(told.judge(final(0, [at(1, 'w')]))).toHaveLength(isCompacted ? 0 : 1)
      expect(told.judge(final(0, []))).toHaveLength(2)
    }
  })

  it('may be too old, or deleted on demand, if the log begins behind it', () => {
    const gone = { startOffset: 1, highWatermark: 1, lastStableOffset: 1 }
    for (const retentionMs of [100, nowMs]) {
      const told = new Told({ retentionMs })
      told.write('v', 0, 0)
      expect(told.judge(final(0, [], gone))).toHaveLength(retentionMs === 100 ? 0 : 1)
      expect(told.judge(final(0, []))).toHaveLength(1)
      told.history.partition(topicId, 0).deletedTo = 1
      expect(told.judge(final(0, [], gone))).toEqual([])
    }
  })

  it('must be in the order of its stream', () => {
    const told = new Told()
    told.write('v', 0)
    told.write('w', 0)
    const records = [at(0, 'w'), at(1, 'v')]
    expect(told.judge(final(0, records))).toEqual(['events-0 (topic): reordered: v follows w'])
  })

  it('must not lie behind one that was sent when it was there', () => {
    const told = new Told()
    told.write('v', 0, 1, { stream: 'a' })
    told.write('w', 0, 0, { stream: 'b' })
    expect(told.judge(final(0, [at(0, 'w'), at(1, 'v')]))).toEqual([
      'events-0 (topic): reordered: v follows w, which was sent later',
    ])
  })

  it('that is committed must be there for those who read everything', () => {
    const told = new Told()
    told.write('v', 0, 0)
    expect(told.judge(final(0, [at(0, 'v')], { uncommitted: [] }))).toEqual([
      'events-0 (topic): v is in one read only',
    ])
  })
})

describe('a chain', () => {
  it.each([
    ['once', ['0@0'], 1, []],
    ['twice', ['0@0', '0@0'], 1, ['0@0 was taken twice: c0, c1']],
    ['never', [], 1, ['in at 0@0 was never taken; 1 is committed']],
    ['without its offset', ['0@0'], 0, ['in at 0@0 was taken; 0 is committed']],
  ] as const)('takes a record %s', (_, sources, offset, found) => {
    const told = new Told()
    const output = sources.map((source, i) => {
      told.write(`c${i}`, 1, i, { source })
      return at(i, `c${i}`)
    })
    const offsets = new Map([[0, { offset, transaction: 't' }]])
    const input = [final(0, [at(0, 'in')])]
    const violations = chainViolations(told.history, input, [final(1, output)], offsets)
    expect(violations).toEqual(found.map(each => `chain: ${each}`))
  })
})
