import { listOffsets } from '../../../protocol/apis/02-list-offsets.ts'
import type { Input } from '../../../protocol/schema.ts'
import { append, baseTimestamp, batchOf } from '../log.ts'
import { scenarios, shared } from '../scenario.ts'
import type { Session } from '../session.ts'

type Request = Input<typeof listOffsets.request>
type Partition = Request['topics'][number]['partitions'][number]

/** Partition 0 has five records in two batches, a millisecond apart; partition 1 has none. */
const log = shared('list-offsets', async s => {
  const topic = await s.topic({ numPartitions: 2 })
  await append(s, topic, batchOf(['a', 'b', 'c']))
  await append(s, topic, batchOf(['d', 'e']))
  return topic
})

type Script = (s: Session<Request>) => Promise<Request>

function at(timestamp: number, partition: Partial<Partition> = {}): Script {
  return async s => {
    const { name } = await log(s)
    const asked = { partitionIndex: 0, timestamp, maxNumOffsets: 10, ...partition }
    return { replicaId: -1, topics: [{ name, partitions: [asked] }] }
  }
}

function unknown(name: string, partitionIndex = 0): Request {
  return { replicaId: -1, topics: [{ name, partitions: [{ partitionIndex, timestamp: -1 }] }] }
}

export const listOffsetsScenarios = [
  ...scenarios(listOffsets, {
    'no topics': () => ({ replicaId: -1, topics: [] }),
    'no partitions': async s => {
      const { name } = await log(s)
      return { replicaId: -1, topics: [{ name, partitions: [] }] }
    },
    'the latest': at(-1),
    'the earliest': at(-2),
    'the largest timestamp': at(-3),
    'the earliest local': at(-4),
    'the latest tiered': at(-5),
    'the earliest pending upload': at(-6),
    'special timestamp -7': at(-7),
    'special timestamp -100': at(-100),
    'timestamp 0': at(0),
    'of the first record': at(baseTimestamp),
    'of the second record': at(baseTimestamp + 1),
    'of the last record': at(baseTimestamp + 2),
    'after the last record': at(baseTimestamp + 3),
    'the latest of an empty partition': at(-1, { partitionIndex: 1 }),
    'the earliest of an empty partition': at(-2, { partitionIndex: 1 }),
    'the largest timestamp of an empty partition': at(-3, { partitionIndex: 1 }),
    'a timestamp in an empty partition': at(5, { partitionIndex: 1 }),
    'an unknown partition': at(-1, { partitionIndex: 2 }),
    'partition -1': at(-1, { partitionIndex: -1 }),
    'an unknown topic': s => unknown(s.name()),
    'an empty name': () => unknown(''),
    'an invalid name': () => unknown('a/b'),
    'the name __proto__': () => unknown('__proto__'),
    'the name constructor': () => unknown('constructor', 1),
    'the same partition twice': async s => {
      const { name } = await log(s)
      const partitions = [
        { partitionIndex: 0, timestamp: -1 },
        { partitionIndex: 0, timestamp: -2 },
      ]
      return { replicaId: -1, topics: [{ name, partitions }] }
    },
    'the same topic twice': async s => {
      const { name } = await log(s)
      const topic = { name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }
      return { replicaId: -1, topics: [topic, topic] }
    },
    'a known and an unknown topic': async s => {
      const { name } = await log(s)
      const partitions = [{ partitionIndex: 0, timestamp: -1 }]
      return {
        replicaId: -1,
        topics: [
          { name, partitions },
          { name: s.name(), partitions },
        ],
      }
    },
    'as the debugging consumer': async s => ({ ...(await at(-1)(s)), replicaId: -2 }),
    'as an unknown follower': async s => ({ ...(await at(-1)(s)), replicaId: 7 }),
  }),

  ...scenarios(
    listOffsets,
    {
      'committed only': async s => ({ ...(await at(-1)(s)), isolationLevel: 1 }),
      'isolation level 2': async s => ({ ...(await at(-1)(s)), isolationLevel: 2 }),
    },
    { since: 2 },
  ),
  ...scenarios(
    listOffsets,
    {
      'the current leader epoch': at(-1, { currentLeaderEpoch: 0 }),
      'an epoch to come': at(-1, { currentLeaderEpoch: 3 }),
      'an epoch below -1': at(-1, { currentLeaderEpoch: -2 }),
    },
    { since: 4 },
  ),
  ...scenarios(
    listOffsets,
    { 'timeout 0': async s => ({ ...(await at(-1)(s)), timeoutMs: 0 }) },
    { since: 10 },
  ),
]
