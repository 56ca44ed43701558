import { describe, expect, it } from 'vitest'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import { uniqueName, useBroker, type TestTopic } from './wire.ts'

const wire = useBroker()

const of = ({ name }: TestTopic, ...partitionIndexes: number[]) => ({ name, partitionIndexes })

describe('DescribeProducers', () => {
  const describeOf = async (...topics: Input<typeof describeProducers.request>['topics']) => {
    const answer = await wire.client.request(describeProducers, 0, { topics })
    return answer.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ errorCode, ...rest }) => {
        return { ...rest, error: errorName(errorCode) }
      }),
    }))
  }

  it('tells of producers, by partition', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const producerId = 2_000_000
    const topics = [of(topic, 1)]
    const marker = { producerId, producerEpoch: 7, transactionResult: true, coordinatorEpoch: 9 }
    await wire.client.request(writeTxnMarkers, 1, { markers: [{ ...marker, topics }] })
    const [answer] = await describeOf(of(topic, 1, 0))
    expect(answer).toMatchObject({
      name: topic.name,
      partitions: [
        {
          partitionIndex: 1,
          error: 'NONE',
          errorMessage: null,
          activeProducers: [
            {
              producerId,
              producerEpoch: 7,
              lastSequence: -1,
              coordinatorEpoch: 9,
              currentTxnStartOffset: -1,
            },
          ],
        },
        { partitionIndex: 0, error: 'NONE', errorMessage: null, activeProducers: [] },
      ],
    })
    const { lastTimestamp } = answer!.partitions[0]!.activeProducers[0]!
    expect(Math.abs(Date.now() - lastTimestamp)).toBeLessThan(60_000)
  })

  it('refuses what is not there, and names that cannot be', async () => {
    const topic = await wire.newTopic()
    const unknown = { name: uniqueName(), partitionIndexes: [0] }
    const illegal = { name: 'a/b', partitionIndexes: [0] }
    expect(await describeOf(of(topic, 1), unknown, illegal)).toMatchObject([
      { partitions: [{ error: 'UNKNOWN_TOPIC_OR_PARTITION', errorMessage: null }] },
      {
        partitions: [
          {
            error: 'UNKNOWN_TOPIC_OR_PARTITION',
            errorMessage: expect.any(String),
          },
        ],
      },
      { partitions: [{ error: 'INVALID_TOPIC_EXCEPTION', errorMessage: expect.any(String) }] },
    ])
  })
})
