/** The checkers of the crash loop find what they are for: each history here is wrong in one way. */
import { describe, expect, it } from 'vitest'
import { CommitsHistory } from './commits-history.ts'
import { CopiesHistory } from './copies-history.ts'
import { PartitionHistory, type PartitionRules } from './partition-history.ts'
import { recordId, type FoundLog, type FoundRecord, type SentBatch } from './records.ts'
import { TopicsHistory } from './topics-history.ts'

const nowMs = 1_000_000
const keepAll: PartitionRules = {
  isCompacted: false,
  forgetsTombstones: false,
  retentionBytes: Infinity,
  retentionMs: Infinity,
}
const compacted: PartitionRules = { ...keepAll, isCompacted: true, forgetsTombstones: true }

/** A batch; of each record its key and value, or its value alone. */
function batch(
  stream: string,
  place: number,
  values: readonly (string | readonly [string, string | null])[],
  mayFollowGap = false,
): SentBatch {
  const records = values.map((value, index) => ({
    id: recordId({ stream, place }, index),
    timestamp: nowMs,
    key: typeof value === 'string' ? null : value[0],
    value: typeof value === 'string' ? value : value[1],
  }))
  return { stream, place, mayFollowGap, records }
}

/** These batches one after the other; gaps where there is a number in between. */
function records(...parts: readonly (SentBatch | number)[]): FoundRecord[] {
  let offset = 0
  return parts.flatMap(part => {
    if (typeof part === 'number') {
      offset += part
      return []
    }
    return part.records.map(record => ({ ...record, offset: offset++ }))
  })
}

function log(found: readonly FoundRecord[], fields: Partial<FoundLog> = {}): FoundLog {
  const highWatermark = (found.at(-1)?.offset ?? -1) + 1
  return { startOffset: 0, highWatermark, records: found, bytes: 1000, ...fields }
}

function history(sent: readonly SentBatch[], rules = keepAll): PartitionHistory {
  const made = new PartitionHistory('p', rules)
  for (const each of sent) made.send(each)
  return made
}

const [a, b, c] = [batch('s', 0, ['a', 'b']), batch('s', 1, ['c']), batch('s', 2, ['d'])]

describe('a partition', () => {
  it('may have what was acknowledged, and more', () => {
    const told = history([a, b, c])
    expect(told.acknowledge(a, 0)).toEqual([])
    expect(told.check(log(records(a, b)), nowMs)).toEqual([])
    expect(told.acknowledge(b, 2)).toEqual([])
    expect(told.check(log(records(a, b, c)), nowMs)).toEqual([])
  })

  it('must not lose what was acknowledged', () => {
    const told = history([a, b])
    told.acknowledge(a, 0)
    told.acknowledge(b, 2)
    expect(told.check(log(records(a), { highWatermark: 2 }), nowMs)).toEqual([
      'p: ends at 2, and had reached 3',
      'p: offset 2 is lost: s/1/0',
    ])
  })

  it('must not lose what a consumer has read, or an earlier look has found', () => {
    const told = history([a, b])
    told.read(records(a))
    expect(told.check(log([]), nowMs)).toContain('p: offset 0 is lost: s/0/0')
    const looked = history([a, b])
    looked.check(log(records(a, b)), nowMs)
    expect(looked.check(log(records(a)), nowMs)).toContain('p: offset 2 is lost: s/1/0')
  })

  it('must not have anything twice', () => {
    const told = history([a, b])
    told.acknowledge(a, 0)
    expect(told.check(log(records(a, b, b)), nowMs)).toEqual([
      'p: s/1/0 is at offset 3, and at 2',
      'p: s/1/0 follows s/1/0',
    ])
    const later = history([a, b])
    later.acknowledge(a, 0)
    expect(later.acknowledge(a, 2)).toContain('s/0/0 is at offset 2, and at 0')
  })

  it('must not change the order of a stream, or leave something out', () => {
    expect(history([a, b]).check(log(records(b, a)), nowMs)).toContain('p: s/0/0 follows s/1/0')
    expect(history([a, b, c]).check(log(records(a, c)), nowMs)).toEqual(['p: s/2/0 follows s/0/1'])
    expect(history([a, b]).check(log(records(b)), nowMs)).toEqual(['p: s/1/0 follows nothing'])
  })

  it('may leave out tries of a producer without idempotence, at the end of a connection', () => {
    const retry = batch('s', 2, ['c'], true)
    expect(history([a, b, retry]).check(log(records(a, retry)), nowMs)).toEqual([])
    expect(history([a, b, retry]).check(log(records(a, b, retry)), nowMs)).toEqual([])
  })

  it('must not have what was given up', () => {
    const told = history([a, b])
    told.check(log(records(a)), nowMs)
    told.giveUp(b)
    expect(told.check(log(records(a, b)), nowMs)).toEqual([
      'p: offset 2 has s/1/0, which nobody sent or awaits',
    ])
  })

  it('must not have records changed or moved, batches torn, or gaps', () => {
    const changed = records(a).map(record => ({ ...record, value: 'x' }))
    expect(history([a]).check(log(changed), nowMs)).toHaveLength(2)
    const told = history([a, b])
    told.acknowledge(a, 1)
    expect(told.check(log(records(a, b)), nowMs)).toContain('p: offset 1 has s/0/1, and had s/0/0')
    expect(history([a]).check(log(records(a).slice(0, 1)), nowMs)).toEqual([
      'p: the log ends with s/0/0, of 2 in its batch',
    ])
    expect(history([a, b]).check(log(records(a, 1, b)), nowMs)).toEqual(['p: offset 3 follows 1'])
    expect(history([a]).check(log(records(a), { highWatermark: 3 }), nowMs)).toEqual([
      'p: the last record is at 1, the high watermark 3',
    ])
  })

  it('must not take a deletion back', () => {
    const told = history([a, b])
    told.requestTrim(2)
    expect(told.check(log(records(a, b).slice(2), { startOffset: 2 }), nowMs)).toEqual([])
    expect(told.check(log(records(a, b)), nowMs)).toContain('p: starts at 0, and had started at 2')
  })

  it('must not take more away than retention allows', () => {
    const rest = log(records(a, b).slice(2), { startOffset: 2, bytes: 100 })
    const bySize = history([a, b], { ...keepAll, retentionBytes: 100 })
    expect(bySize.check(rest, nowMs)).toEqual([])
    expect(bySize.check({ ...rest, startOffset: 3, records: [], bytes: 99 }, nowMs)).toHaveLength(1)
    const both = history([a, b], { ...compacted, retentionBytes: 100 })
    expect(both.check({ ...rest, startOffset: 3, records: [], bytes: 99 }, nowMs)).toEqual([])
    const byAge = { ...keepAll, retentionMs: 1000 }
    for (const [laterMs, violations] of [
      [1001, 0],
      [1000, 1],
    ] as const) {
      const told = history([a, b], byAge)
      told.acknowledge(a, 0)
      expect(told.check(rest, nowMs + laterMs)).toHaveLength(violations)
    }
  })
})

describe('a compacted partition', () => {
  const old = batch('s', 0, [
    ['k', 'old'],
    ['l', 'only'],
  ])
  const latest = batch('s', 1, [['k', 'new']])
  const deleted = batch('s', 2, [['k', null]])

  it('may lose what a later record of the key replaces', () => {
    const told = history([old, latest], compacted)
    told.check(log(records(old, latest)), nowMs)
    expect(told.check(log(records(old, latest).slice(1)), nowMs)).toEqual([])
  })

  it('must keep the last record of each key', () => {
    const told = history([old, latest], compacted)
    told.acknowledge(latest, 2)
    expect(told.check(log(records(old), { highWatermark: 3 }), nowMs)).toEqual([
      'p: the last record of key k is lost: s/1/0 at offset 2',
    ])
  })

  it('may forget a key that was deleted, where tombstones go', () => {
    const rest = log(records(old).slice(1), { highWatermark: 4 })
    for (const forgetsTombstones of [true, false]) {
      const told = history([old, latest, deleted], { ...compacted, forgetsTombstones })
      told.check(log(records(old, latest, deleted)), nowMs)
      expect(told.check(rest, nowMs)).toHaveLength(forgetsTombstones ? 0 : 1)
    }
  })

  it('must not bring a deleted key back', () => {
    const told = history([old, latest, deleted], compacted)
    told.check(log(records(old, latest, deleted)), nowMs)
    told.check(log(records(old).slice(1), { highWatermark: 4 }), nowMs)
    expect(told.check(log(records(old, latest), { highWatermark: 4 }), nowMs)).toEqual([
      'p: key k is back: offset 2 has s/1/0, 3 had deleted it',
    ])
  })

  it('must not change the order of a stream', () => {
    expect(history([old, latest], compacted).check(log(records(latest, old)), nowMs)).toEqual([
      'p: s/0/0 follows s/1/0',
    ])
  })
})

describe('commits', () => {
  it('may be what was acknowledged, or what was asked for later', () => {
    const commits = new CommitsHistory('g')
    expect(commits.check(-1, 0)).toEqual([])
    commits.request(5)
    commits.acknowledge(5)
    commits.request(7)
    expect(commits.check(7, 9)).toEqual([])
    expect(commits.check(7, 9)).toEqual([])
  })

  it.each([
    [4, 9, ['g: committed is 4, and 5 was acknowledged']],
    [6, 9, ['g: committed is 6, which nobody asked for']],
    [5, 4, ['g: committed is 5, the log ends at 4']],
  ])('must not be %i where the log ends at %i', (found, end, violations) => {
    const commits = new CommitsHistory('g')
    commits.request(5)
    commits.acknowledge(5)
    expect(commits.check(found, end)).toEqual(violations)
  })
})

describe('topics', () => {
  const state = { id: 'id-1', partitions: 1, configs: { 'retention.ms': '1' } }

  it('are as they were acknowledged, or as they may have become', () => {
    const topics = new TopicsHistory()
    topics.request('t', { ...state, id: undefined })
    expect(topics.check(new Map())).toEqual([])
    topics.request('t', { ...state, id: undefined })
    expect(topics.check(new Map([['t', state]]))).toEqual([])
    topics.request('t', { ...state, partitions: 2 })
    expect(topics.check(new Map([['t', { ...state, partitions: 2 }]]))).toEqual([])
    topics.request('t', 'absent')
    expect(topics.acknowledge('t', 'absent')).toEqual([])
    expect(topics.check(new Map())).toEqual([])
  })

  it.each([
    ['be gone', undefined],
    ['lose a partition', { ...state, partitions: 0 }],
    ['lose a config', { ...state, configs: {} }],
    ['be another one', { ...state, id: 'id-2' }],
  ])('must not %s', (_, found) => {
    const topics = new TopicsHistory()
    topics.acknowledge('t', state)
    expect(topics.check(new Map(found ? [['t', found]] : []))).toHaveLength(1)
  })

  it('must not come back, come from nowhere, or take the id of another', () => {
    const topics = new TopicsHistory()
    topics.acknowledge('t', state)
    topics.acknowledge('t', 'absent')
    expect(topics.check(new Map([['t', state]]))).toHaveLength(2)
    expect(topics.check(new Map([['u', state]]))).toContain(
      'topic u is there, which nobody created',
    )
    expect(topics.acknowledge('v', state)).toHaveLength(1)
  })
})

describe('copies in transactions', () => {
  /** Two transactions of two records each, the first one acknowledged. */
  function copied() {
    const history = new CopiesHistory()
    const [first, second] = [history.begin(0, 2), history.begin(2, 4)]
    history.acknowledge(first)
    second.state = 'committing'
    return { history, first, second }
  }

  it('may have what was decided, and what may have been', () => {
    const { history } = copied()
    expect(
      history.check(
        [
          ['0 0', '1 0'],
          ['0 0', '1 0'],
        ],
        2,
      ),
    ).toEqual([])
    const all = ['0 0', '1 0', '2 1', '3 1']
    expect(history.check([all, all], 4)).toEqual([])
    expect(history.committedTransactions).toBe(2)
    expect(
      history.check(
        [
          ['0 0', '1 0'],
          ['0 0', '1 0'],
        ],
        2,
      ),
    ).toEqual(['2 is committed, and 4 was'])
  })

  it('may show nothing of what was aborted or is open', () => {
    const { history, second } = copied()
    for (const state of ['aborting', 'open'] as const) {
      second.state = state
      expect(history.checkRead('a reader', ['0 0', '1 0', '2 1'])).toEqual([
        "a reader shows '2 1' of a transaction that was not committed",
      ])
    }
    expect(history.checkRead('a reader', ['0 9'])).toEqual([
      "a reader has '0 9', which nobody sent",
    ])
  })

  it('must have each record once, in order, and all of a transaction', () => {
    const { history } = copied()
    expect(history.checkRead('a reader', ['0 0', '0 0'])).toHaveLength(1)
    expect(history.checkRead('a reader', ['1 0'])).toHaveLength(1)
    const whole = ['0 0', '1 0']
    const torn = [...whole, '2 1']
    expect(history.check([whole, torn], 2)).toHaveLength(2)
    expect(copied().history.check([torn, torn], 4)).toHaveLength(2)
    expect(copied().history.check([['0 0'], ['0 0']], 0)).toHaveLength(3)
  })

  it('must go with the offset that is committed', () => {
    const { history } = copied()
    const all = ['0 0', '1 0', '2 1', '3 1']
    expect(history.check([all, all], 2)).toEqual([
      'copy 0 has 4 records, 2 are committed of its source',
      'copy 1 has 4 records, 2 are committed of its source',
    ])
  })
})
