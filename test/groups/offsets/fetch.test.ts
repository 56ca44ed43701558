import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import { fetchOffsets, type FetchRequest } from '../../../src/groups/offsets/fetch.ts'
import { Offsets } from '../../../src/groups/offsets/committed.ts'
import { aId, bId, topics } from '../topics.ts'

function row(topic: 'a' | 'b', partition: number, options: Partial<OffsetRow> = {}): OffsetRow {
  return {
    group: 'g',
    topic,
    topicId: topic === 'a' ? aId : bId,
    partition,
    offset: 3,
    leaderEpoch: 2,
    metadata: 'note',
    commitTimestamp: 1_000,
    ...options,
  }
}

function offsetsOf(...rows: OffsetRow[]): Offsets {
  const offsets = new Offsets()
  for (const each of rows) offsets.restore(each)
  return offsets
}

function fetch(
  offsets: Offsets,
  request: Pick<FetchRequest, 'groupId' | 'topics'>,
  version: number,
) {
  const client = { memberId: null, memberEpoch: -1, requireStable: false }
  return fetchOffsets(undefined, offsets, { ...request, ...client }, version, topics)
}

const none = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }
const some = { committedOffset: 3, committedLeaderEpoch: 2, metadata: 'note', errorCode: 0 }

describe('OffsetFetch', () => {
  it('gives offset, leader epoch and metadata; -1 where there is none (KIP-320)', () => {
    const asked = [
      { name: 'a', topicId: '', partitionIndexes: [0, 1] },
      { name: 'nope', topicId: '', partitionIndexes: [0] },
    ]
    expect(fetch(offsetsOf(row('a', 0)), { groupId: 'g', topics: asked }, 8)).toEqual([
      {
        name: 'a',
        topicId: '',
        partitions: [
          { partitionIndex: 0, ...some },
          { partitionIndex: 1, ...none },
        ],
      },
      { name: 'nope', topicId: '', partitions: [{ partitionIndex: 0, ...none }] },
    ])
  })

  it('a group that does not exist has no offsets, and that is no error', () => {
    const asked = [{ name: 'a', topicId: '', partitionIndexes: [0] }]
    const [topic] = fetch(offsetsOf(), { groupId: 'x', topics: asked }, 8)
    expect(topic!.partitions).toEqual([{ partitionIndex: 0, ...none }])
    expect(fetch(offsetsOf(), { groupId: 'x', topics: null }, 8)).toEqual([])
  })

  it('null asks for all, of this group only', () => {
    const offsets = offsetsOf(
      row('a', 0),
      row('b', 0),
      row('a', 1),
      row('b', 0, { group: 'other' }),
    )
    const answer = fetch(offsets, { groupId: 'g', topics: null }, 8)
    expect(answer.map(topic => [topic.name, topic.partitions.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it('v10 names topics by id (KIP-848)', () => {
    const asked = [aId, 'xxxxxxxxxxxxxxxxxxxxxx'].map(topicId => ({
      name: '',
      topicId,
      partitionIndexes: [0],
    }))
    const offsets = offsetsOf(row('a', 0))
    expect(fetch(offsets, { groupId: 'g', topics: asked }, 10)).toMatchObject([
      { topicId: aId, partitions: [some] },
      {
        topicId: 'xxxxxxxxxxxxxxxxxxxxxx',
        partitions: [{ ...none, errorCode: errors.UNKNOWN_TOPIC_ID }],
      },
    ])
    const all = fetch(offsets, { groupId: 'g', topics: null }, 10)
    expect(all).toMatchObject([{ topicId: aId }])
  })
})

describe('Offsets', () => {
  it('the last commit counts', () => {
    const offsets = offsetsOf(row('a', 0), row('a', 0, { offset: 4 }))
    expect(offsets.get('g', 'a', 0)!.offset).toBe(4)
  })

  it('a deleted topic has no offsets in any group (Kafka: onPartitionsDeleted)', () => {
    const offsets = offsetsOf(row('a', 0), row('b', 0), row('a', 1, { group: 'other' }))
    expect(offsets.deleteTopic('a')).toEqual([row('a', 0), row('a', 1, { group: 'other' })])
    expect(offsets.get('g', 'a', 0)).toBeUndefined()
    expect(offsets.get('g', 'b', 0)).toBeDefined()
    expect([...offsets.groups()]).toEqual(['g'])
  })

  it('names such as __proto__ are names like any other', () => {
    const name = '__proto__'
    const offsets = offsetsOf(row('a', 0, { group: name, topic: name }))
    expect(offsets.get(name, name, 0)).toBeDefined()
    expect(offsets.get('constructor', name, 0)).toBeUndefined()
  })
})
