import { describe, expect, it } from 'vitest'
import { electLeaders } from '../../protocol/apis/43-elect-leaders.ts'
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import type { Input } from '../../protocol/schema.ts'
import { errorName } from '../../protocol/errors.ts'
import type { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { elect, reassignTo } from './reassignments.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { named, onKafka, useBroker, versionsOf } from './wire.ts'

type Request = Input<typeof electLeaders.request>
type Wanted = readonly (readonly [topic: string, ...partitions: number[]])[]

async function electAll(
  client: RawClient,
  wanted: Wanted | null,
  { version = 2, ...fields }: Partial<Request> & { version?: number } = {},
) {
  const topicPartitions = wanted && wanted.map(([topic, ...partitions]) => ({ topic, partitions }))
  const response = await client.request(electLeaders, version, { topicPartitions, ...fields })
  return {
    error: errorName(response.errorCode),
    results: response.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(result => `${topic} ${result.partitionId} ${named(result).error}`),
    ),
    messages: response.replicaElectionResults.flatMap(({ partitionResult }) =>
      partitionResult.map(({ errorMessage }) => errorMessage),
    ),
  }
}

describe('ElectLeaders', () => {
  const wire = useBroker()

  it.each(versionsOf(electLeaders))('v%i where the preferred replica leads', async version => {
    const { name } = await wire.newTopic({ partitions: 2 })
    expect(await electAll(wire.client, [[name, 0, 1]], { version })).toEqual({
      error: 'NONE',
      results: [`${name} 0 ELECTION_NOT_NEEDED`, `${name} 1 ELECTION_NOT_NEEDED`],
      messages: [expect.any(String), expect.any(String)],
    })
  })

  it('unclean where somebody leads', async () => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(electLeaders, { since: 1 })) {
      const answer = await electAll(wire.client, [[name, 0]], { version, electionType: 1 })
      expect(answer.results).toEqual([`${name} 0 ELECTION_NOT_NEEDED`])
    }
  })

  it('answers as often as it is asked, unknown topics and partitions too', async () => {
    const { name } = await wire.newTopic()
    const wanted: Wanted = [
      [name, 9, -1, 0, 0],
      ['nobody-has-this-name', 0],
      ['a/b', 0],
      [name, 0],
    ]
    expect(await electAll(wire.client, wanted)).toEqual({
      error: 'NONE',
      results: [
        `${name} 9 UNKNOWN_TOPIC_OR_PARTITION`,
        `${name} -1 UNKNOWN_TOPIC_OR_PARTITION`,
        `${name} 0 ELECTION_NOT_NEEDED`,
        `${name} 0 ELECTION_NOT_NEEDED`,
        'nobody-has-this-name 0 UNKNOWN_TOPIC_OR_PARTITION',
        'a/b 0 UNKNOWN_TOPIC_OR_PARTITION',
        `${name} 0 ELECTION_NOT_NEEDED`,
      ],
      messages: Array.from({ length: 7 }, () => expect.any(String)),
    })
  })

  it('of all partitions tells of those that needed one', async () => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(electLeaders)) {
      const response = await wire.client.request(electLeaders, version, { topicPartitions: null })
      expect(response.errorCode).toBe(0)
      const own = response.replicaElectionResults.filter(({ topic }) => topic === name)
      expect(own).toEqual([{ topic: name, partitionResult: [] }])
    }
  })

  it('of nothing is nothing', async () => {
    const nothing = { error: 'NONE', results: [], messages: [] }
    expect(await electAll(wire.client, [])).toEqual(nothing)
    expect(await electAll(wire.client, [], { timeoutMs: 0 })).toEqual(nothing)
  })

  it.each([2, -1])('refuses election type %i', async electionType => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(electLeaders, { since: 1 })) {
      expect(await electAll(wire.client, [[name, 0]], { version, electionType })).toEqual({
        error: 'INVALID_REQUEST',
        results: [`${name} 0 INVALID_REQUEST`],
        messages: [expect.stringContaining(String(electionType))],
      })
    }
  })

  it.each([0, -1])('is not begun with %i ms of time', async timeoutMs => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(electLeaders)) {
      expect(await electAll(wire.client, [[name, 0]], { version, timeoutMs })).toEqual({
        error: version < 1 ? 'NONE' : 'REQUEST_TIMED_OUT',
        results: [`${name} 0 REQUEST_TIMED_OUT`],
        messages: [null],
      })
    }
  })
})

describe.skipIf(onKafka)('ElectLeaders on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers({ 'reassignment.duration.ms': 3_600_000 })

  it('gives the preferred replica the lead, in a new epoch, for good', async () => {
    const topic = await brokers.newTopic([[5, 6]])
    const { name } = topic
    await produceTo(brokers.clientOf(5), topic, batchOf(['first', 'second']))
    expect(await reassignTo(brokers.clientOf(5), topic, [6, 5])).toBe('NONE')
    expect(await brokers.partitionsOf(topic)).toMatchObject([{ leaderId: 5, leaderEpoch: 0 }])
    expect(await elect(brokers.clientOf(7), topic)).toBe('NONE')
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 6, leaderEpoch: 1, replicaNodes: [6, 5], isrNodes: [5, 6] },
    ])
    expect(await elect(brokers.clientOf(7), topic)).toBe('ELECTION_NOT_NEEDED')

    const late = await produceTo(brokers.clientOf(5), topic, batchOf(['third']))
    expect(late).toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER', currentLeader: { leaderId: 6 } })
    expect(await produceTo(brokers.clientOf(6), topic, batchOf(['third']))).toMatchObject({
      error: 'NONE',
      baseOffset: 2,
    })
    const { topics } = await brokers.clientOf(6).request(offsetForLeaderEpoch, 4, {
      topics: [
        { topic: name, partitions: [0, 1].map(leaderEpoch => ({ partition: 0, leaderEpoch })) },
      ],
    })
    expect(
      topics[0]!.partitions.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset]),
    ).toEqual([
      [0, 2],
      [1, 3],
    ])
    const old = await fetchFrom(brokers.clientOf(6), topic, { currentLeaderEpoch: 0 })
    expect(old.error).toBe('FENCED_LEADER_EPOCH')
  })

  it('of all partitions elects for those that need it', async () => {
    const topic = await brokers.newTopic([
      [5, 6],
      [6, 7],
    ])
    await reassignTo(brokers.clientOf(5), topic, [7, 6], { partition: 1 })
    const answer = await electAll(brokers.clientOf(5), null)
    expect(answer).toEqual({ error: 'NONE', results: [`${topic.name} 1 NONE`], messages: [null] })
    expect(await brokers.partitionsOf(topic)).toMatchObject([
      { leaderId: 5, leaderEpoch: 0 },
      { leaderId: 7, leaderEpoch: 1 },
    ])
  })

  it('cannot elect a replica that is not in sync yet', async () => {
    const topic = await brokers.newTopic([[5]])
    await reassignTo(brokers.clientOf(5), topic, [6, 5])
    expect(await elect(brokers.clientOf(5), topic)).toBe('PREFERRED_LEADER_NOT_AVAILABLE')
    expect(await brokers.partitionsOf(topic)).toMatchObject([{ leaderId: 5, leaderEpoch: 0 }])
  })
})
