import { describe, expect, it } from 'vitest'
import { listReassignments } from '../../protocol/apis/46-list-partition-reassignments.ts'
import { reassignTo, underWay } from './reassignments.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { onKafka, useBroker } from './wire.ts'

describe('ListPartitionReassignments', () => {
  const wire = useBroker()

  it.each([0, -1, 30_000])('v0 where nothing is under way, in %i ms', async timeoutMs => {
    const { name } = await wire.newTopic()
    for (const topics of [
      null,
      [],
      [{ name, partitionIndexes: [0, 0, 9, -1] }],
      [{ name: 'nobody-has-this-name', partitionIndexes: [0] }],
      [{ name: 'a/b', partitionIndexes: [] }],
    ]) {
      expect(await wire.client.request(listReassignments, 0, { topics, timeoutMs })).toEqual({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        topics: [],
      })
    }
  })
})

describe.skipIf(onKafka)('ListPartitionReassignments on three brokers (skipped on Kafka)', () => {
  const brokers = useThreeBrokers({ 'reassignment.duration.ms': 3_600_000 })

  it('tells of those that were asked for, or of all', async () => {
    const [moved, other] = [await brokers.newTopic([[5], [5], [6]]), await brokers.newTopic([[5]])]
    const client = brokers.clientOf(7)
    await reassignTo(client, moved, [6], { partition: 0 })
    await reassignTo(client, moved, [6, 7], { partition: 2 })
    const first = `${moved.name} 0: 6,5 +6 -5`
    const third = `${moved.name} 2: 6,7 +7 -`
    expect(await underWay(client)).toEqual([first, third])
    expect(await underWay(client, [[moved.name, 2, 1]])).toEqual([third])
    expect(
      await underWay(client, [
        [other.name, 0],
        [moved.name, 0],
      ]),
    ).toEqual([first])
    expect(await underWay(client, [])).toEqual([])
    expect(await underWay(client, [[moved.name]])).toEqual([])
  })
})
