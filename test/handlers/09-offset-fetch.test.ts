import { beforeEach, describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { aId } from '../groups/topics.ts'
import { GroupClient } from './group-client.ts'

let client: GroupClient

beforeEach(async () => {
  client = new GroupClient()
  const committed = { committedOffset: 7, committedLeaderEpoch: 3, committedMetadata: 'note' }
  await client.send(offsetCommit, 8, {
    groupId: 'g',
    topics: [{ name: 'a', partitions: [{ partitionIndex: 1, ...committed }] }],
  })
})

const some = { partitionIndex: 1, committedOffset: 7, metadata: 'note', errorCode: 0 }
const none = {
  partitionIndex: 0,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: '',
  errorCode: 0,
}

describe('OffsetFetch', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('v%i: of one group', async version => {
    const asked = [{ name: 'a', partitionIndexes: [0, 1] }]
    const answer = await client.send(offsetFetch, version, { groupId: 'g', topics: asked })
    const committedLeaderEpoch = version >= 5 ? 3 : -1
    expect(answer).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      topics: [{ name: 'a', partitions: [none, { ...some, committedLeaderEpoch }] }],
      groups: [],
    })
  })

  it.each([2, 3, 4, 5, 6, 7])('v%i: null for all topics (KIP-88)', async version => {
    const all = await client.send(offsetFetch, version, { groupId: 'g', topics: null })
    expect(all.topics).toMatchObject([{ name: 'a', partitions: [some] }])
    const nothing = await client.send(offsetFetch, version, { groupId: 'none', topics: null })
    expect(nothing).toMatchObject({ errorCode: 0, topics: [] })
  })

  it.each([8, 9, 10])('v%i: of several groups (KIP-709)', async version => {
    const named = version >= 10 ? { topicId: aId } : { name: 'a' }
    const answer = await client.send(offsetFetch, version, {
      groups: [
        { groupId: 'g', topics: [{ ...named, partitionIndexes: [1] }] },
        { groupId: 'none', topics: [{ ...named, partitionIndexes: [0] }] },
        { groupId: 'g', topics: null },
        { groupId: 'none', topics: null },
      ],
      requireStable: true,
    })
    const topic = { name: '', topicId: zeroUuid, ...named }
    const found = { ...topic, partitions: [{ ...some, committedLeaderEpoch: 3 }] }
    expect(answer).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      topics: [],
      groups: [
        { groupId: 'g', topics: [found], errorCode: 0 },
        { groupId: 'none', topics: [{ ...topic, partitions: [none] }], errorCode: 0 },
        { groupId: 'g', topics: [found], errorCode: 0 },
        { groupId: 'none', topics: [], errorCode: 0 },
      ],
    })
  })

  it('v10: an id that no topic has', async () => {
    const topics = [{ topicId: 'xxxxxxxxxxxxxxxxxxxxxw', partitionIndexes: [0] }]
    const { groups } = await client.send(offsetFetch, 10, { groups: [{ groupId: 'g', topics }] })
    expect(groups[0]!.topics[0]!.partitions).toEqual([
      { ...none, errorCode: errors.UNKNOWN_TOPIC_ID },
    ])
  })

  it('a failure is never mistaken for "no offset"', async () => {
    client.groups.close()
    const errorCode = errors.COORDINATOR_NOT_AVAILABLE
    const topics = [{ name: 'a', partitionIndexes: [1] }]
    const v1 = await client.send(offsetFetch, 1, { groupId: 'g', topics })
    expect(v1.topics[0]!.partitions[0]).toMatchObject({ errorCode, committedOffset: -1 })
    const v2 = await client.send(offsetFetch, 2, { groupId: 'g', topics: null })
    expect(v2).toMatchObject({ errorCode, topics: [] })
    // Kafka: OffsetFetchResponse.groupError names the partitions in v1 only.
    const v7 = await client.send(offsetFetch, 7, { groupId: 'g', topics })
    expect(v7).toMatchObject({ errorCode, topics: [] })
    const v8 = await client.send(offsetFetch, 8, { groups: [{ groupId: 'g', topics }] })
    expect(v8.groups).toEqual([{ groupId: 'g', topics: [], errorCode }])
  })
})
