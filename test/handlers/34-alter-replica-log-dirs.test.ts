import { describe, expect, it } from 'vitest'
import { alterReplicaLogDirs } from '../../protocol/apis/34-alter-replica-log-dirs.ts'
import { describeLogDirs } from '../../protocol/apis/35-describe-log-dirs.ts'
import type { RawClient } from '../raw-client.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { named, onKafka, useBroker, versionsOf } from './wire.ts'

type Moves = readonly (readonly [path: string, topic: string, ...partitions: number[]])[]

/** Answers as 'topic partition error', in their order. */
async function move(client: RawClient, moves: Moves, version = 2): Promise<string[]> {
  const { results } = await client.request(alterReplicaLogDirs, version, {
    dirs: moves.map(([path, name, ...partitions]) => ({ path, topics: [{ name, partitions }] })),
  })
  return results
    .flatMap(({ topicName, partitions }) =>
      partitions.map(partition => {
        const { error, partitionIndex } = named(partition)
        return `${topicName} ${partitionIndex} ${error}`
      }),
    )
    .toSorted()
}

/** The only one that there is. */
async function directoryOf(client: RawClient): Promise<string> {
  const { results } = await client.request(describeLogDirs, 5, { topics: [] })
  return results[0]!.logDir
}

describe('AlterReplicaLogDirs', () => {
  const wire = useBroker()

  it.each(versionsOf(alterReplicaLogDirs))('v%i to where the replicas are', async version => {
    const { name } = await wire.newTopic({ partitions: 2 })
    const here = await directoryOf(wire.client)
    expect(await move(wire.client, [[here, name, 0, 1]], version)).toEqual([
      `${name} 0 NONE`,
      `${name} 1 NONE`,
    ])
  })

  it.each<[string, (here: string) => string]>([
    ['another directory', () => '/somewhere/else'],
    ['the same one in other words', here => `${here}/`],
    ['one below it', here => `${here}/below`],
    ['a relative path', () => 'data'],
    ['an empty path', () => ''],
  ])('to %s', async (_, pathOf) => {
    const { name } = await wire.newTopic()
    const path = pathOf(await directoryOf(wire.client))
    const moves: Moves = [
      [path, name, 0, 9],
      [path, 'nobody-has-this-name', 0],
    ]
    for (const version of versionsOf(alterReplicaLogDirs)) {
      expect(await move(wire.client, moves, version)).toEqual(
        [
          `${name} 0 LOG_DIR_NOT_FOUND`,
          `${name} 9 LOG_DIR_NOT_FOUND`,
          'nobody-has-this-name 0 LOG_DIR_NOT_FOUND',
        ].toSorted(),
      )
    }
  })

  it('of unknown topics and partitions, beside others', async () => {
    const { name } = await wire.newTopic()
    const here = await directoryOf(wire.client)
    const moves: Moves = [
      [here, name, 0, 7, -1],
      [here, 'nobody-has-this-name', 0],
      [here, 'a/b', 0],
    ]
    expect(await move(wire.client, moves)).toEqual(
      [
        `${name} 0 NONE`,
        `${name} 7 UNKNOWN_TOPIC_OR_PARTITION`,
        `${name} -1 UNKNOWN_TOPIC_OR_PARTITION`,
        'nobody-has-this-name 0 UNKNOWN_TOPIC_OR_PARTITION',
        'a/b 0 UNKNOWN_TOPIC_OR_PARTITION',
      ].toSorted(),
    )
  })

  it('to several directories: the last one counts', async () => {
    const { name } = await wire.newTopic()
    const here = await directoryOf(wire.client)
    const there = '/somewhere/else'
    const away: Moves = [
      [here, name, 0],
      [there, name, 0],
    ]
    expect(await move(wire.client, away)).toEqual([`${name} 0 LOG_DIR_NOT_FOUND`])
    const back: Moves = [
      [there, name, 0],
      [here, name, 0, 0],
    ]
    expect(await move(wire.client, back)).toEqual([`${name} 0 NONE`])
  })

  it('of nothing is nothing', async () => {
    const { name } = await wire.newTopic()
    for (const version of versionsOf(alterReplicaLogDirs)) {
      expect(await move(wire.client, [], version)).toEqual([])
      expect(await move(wire.client, [['/somewhere/else', name]], version)).toEqual([])
    }
  })
})

describe.skipIf(onKafka)('AlterReplicaLogDirs on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  it('moves the replicas of the broker that is asked', async () => {
    const { name } = await brokers.newTopic([[6, 5]])
    for (const [id, error] of [
      [5, 'NONE'],
      [6, 'NONE'],
      [7, 'REPLICA_NOT_AVAILABLE'],
    ] as const) {
      const client = brokers.clientOf(id)
      const here = await directoryOf(client)
      expect(await move(client, [[here, name, 0]])).toEqual([`${name} 0 ${error}`])
    }
  })
})
