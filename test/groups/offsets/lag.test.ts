import { expect, it } from 'vitest'
import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { zeroUuid } from '../../../protocol/wire.ts'
import { lagOf, type LagTopics } from '../../../src/groups/offsets/lag.ts'
import { startBroker } from '../../../src/index.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import { batchOf } from '../../handlers/batches.ts'
import { produceTo } from '../../handlers/requests.ts'
import { RawClient } from '../../raw-client.ts'

function committed(topic: string, partition: number, offset: number): OffsetRow {
  const told = { topicId: topic, leaderEpoch: -1, metadata: '', commitTimestamp: 0 }
  return { group: 'readers', topic, partition, offset, ...told }
}

function topicsWith(ends: Record<string, number[]>): LagTopics {
  return {
    get(name) {
      const partitions = ends[name]?.map(highWatermark => ({ highWatermark }))
      return partitions && { partitions }
    },
  }
}

it('is what lies between the committed offset and the high watermark', () => {
  const offsets = [committed('b', 0, 5), committed('a', 1, 3), committed('a', 0, 0)]
  expect(lagOf(offsets, topicsWith({ a: [10, 3], b: [7] }))).toEqual([
    { topic: 'a', partition: 0, committedOffset: 0, endOffset: 10, lag: 10 },
    { topic: 'a', partition: 1, committedOffset: 3, endOffset: 3, lag: 0 },
    { topic: 'b', partition: 0, committedOffset: 5, endOffset: 7, lag: 2 },
  ])
})

it('is never negative, and nothing where there is no such partition', () => {
  const offsets = [committed('a', 0, 5), committed('a', 1, 5), committed('gone', 0, 5)]
  const told = { topic: 'a', partition: 0, committedOffset: 5, endOffset: 2, lag: 0 }
  expect(lagOf(offsets, topicsWith({ a: [2] }))).toEqual([told])
})

it('can be asked of a broker in the same process', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  const created = { topics: [{ name: 'orders' }], allowAutoTopicCreation: true }
  await client.request(metadata, 4, created)
  const produced = { name: 'orders', id: zeroUuid }
  await produceTo(client, produced, batchOf(['a', 'b', 'c', 'd', 'e']), { version: 12 })
  const partitions = [{ partitionIndex: 0, committedOffset: 2, committedMetadata: null }]
  const topics = [{ name: 'orders', partitions }]
  await client.request(offsetCommit, 8, { groupId: 'readers', memberId: '', topics })
  const { partitions: lags } = await broker.group('readers').describe()
  expect(lags).toMatchObject([
    { topic: 'orders', partition: 0, committedOffset: 2, endOffset: 5, lag: 3 },
  ])
})
