import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { deleteRecords } from '../../../protocol/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../../protocol/apis/23-offset-for-leader-epoch.ts'
import { alterReplicaLogDirs } from '../../../protocol/apis/34-alter-replica-log-dirs.ts'
import { describeLogDirs } from '../../../protocol/apis/35-describe-log-dirs.ts'
import { createPartitions } from '../../../protocol/apis/37-create-partitions.ts'
import { electLeaders } from '../../../protocol/apis/43-elect-leaders.ts'
import { alterReassignments } from '../../../protocol/apis/45-alter-partition-reassignments.ts'
import { listReassignments } from '../../../protocol/apis/46-list-partition-reassignments.ts'
import { describeTopicPartitions } from '../../../protocol/apis/75-describe-topic-partitions.ts'
import { fetch } from '../../../protocol/apis/01-fetch.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { append, batchOf } from '../log.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session } from '../session.ts'

type Delete = Script<Input<typeof deleteRecords.request>, Infer<typeof deleteRecords.response>>
type Add = Script<Input<typeof createPartitions.request>, Infer<typeof createPartitions.response>>
type NewPartitions = Input<typeof createPartitions.request>['topics'][number]

function deletion(name: string, ...partitions: [partitionIndex: number, offset: number][]) {
  const offsets = partitions.map(([partitionIndex, offset]) => ({ partitionIndex, offset }))
  return { topics: [{ name, partitions: offsets }], timeoutMs: 9999 }
}

/** From a log of five records in two batches. */
function deletesBefore(offset: number): Delete {
  return async s => {
    const topic = await s.topic()
    await append(s, topic, batchOf(['a', 'b', 'c']))
    await append(s, topic, batchOf(['d', 'e']))
    await s.ask(deletion(topic.name, [0, offset]))
    const partitions = [{ partition: 0, fetchOffset: 4, partitionMaxBytes: 9999 }]
    await s.also(fetch, {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel: 0,
      topics: [{ topic: topic.name, topicId: topic.id, partitions }],
      forgottenTopicsData: [],
    })
  }
}

const deleteScenarios = scenarios(deleteRecords, {
  'before the end of a batch': deletesBefore(3),
  'within a batch': deletesBefore(1),
  'before offset 0': deletesBefore(0),
  all: deletesBefore(5),
  'all, without saying how many': deletesBefore(-1),
  'before offset -2': deletesBefore(-2),
  'beyond the end': deletesBefore(6),
  'twice, and back': async s => {
    const topic = await s.topic()
    await append(s, topic, batchOf(['a', 'b', 'c']))
    await s.ask(deletion(topic.name, [0, 2]))
    await s.ask(deletion(topic.name, [0, 1]))
  },
  'of no topics': () => ({ topics: [], timeoutMs: 9999 }),
  'of no partitions': async s => deletion((await s.topic()).name),
  'of an unknown topic': s => deletion(s.name(), [0, 1]),
  'of an unknown partition': async s => deletion((await s.topic()).name, [1, 1], [0, 0]),
  'of partition -1': async s => deletion((await s.topic()).name, [-1, 0]),
  'of the same partition twice': async s => {
    const topic = await s.topic()
    await append(s, topic, batchOf(['a', 'b', 'c']))
    return deletion(topic.name, [0, 1], [0, 2])
  },
  'of an empty name': () => deletion('', [0, 1]),
  'of an invalid name': () => deletion('a/b', [0, 1]),
  'of the name __proto__': () => deletion('__proto__', [0, 1]),
  'of a compacted topic': async s => {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    return deletion((await s.topic({ configs })).name, [0, 0])
  },
  'of a topic that is compacted and deleted': async s => {
    const configs = [{ name: 'cleanup.policy', value: 'compact,delete' }]
    return deletion((await s.topic({ configs })).name, [0, 0])
  },
  'in no time': async s => ({ ...deletion((await s.topic()).name, [0, 0]), timeoutMs: 0 }),
})

/** Three records of epoch 0. */
const log = shared('epochs', async s => {
  const topic = await s.topic()
  await append(s, topic, batchOf(['a', 'b', 'c']))
  return topic
})

function epoch(leaderEpoch: number, currentLeaderEpoch = -1, partition = 0) {
  return async (s: Session<Input<typeof offsetForLeaderEpoch.request>>) => {
    const { name } = await log(s)
    const partitions = [{ partition, currentLeaderEpoch, leaderEpoch }]
    return { replicaId: -1, topics: [{ topic: name, partitions }] }
  }
}

const epochScenarios = scenarios(offsetForLeaderEpoch, {
  'the current one': epoch(0),
  'one to come': epoch(5),
  none: epoch(-1),
  'one below none': epoch(-7),
  'the current one, of the current leader': epoch(0, 0),
  'the current one, of a leader to come': epoch(0, 5),
  'the current one, of a leader below none': epoch(0, -2),
  'of an unknown partition': epoch(0, -1, 1),
  'of partition -1': epoch(0, -1, -1),
  'of no topics': () => ({ replicaId: -1, topics: [] }),
  'of no partitions': async s => {
    return { replicaId: -1, topics: [{ topic: (await log(s)).name, partitions: [] }] }
  },
  'of an unknown topic': s => {
    const partitions = [{ partition: 0, leaderEpoch: 0 }]
    return { replicaId: -1, topics: [{ topic: s.name(), partitions }] }
  },
  'of an invalid name': () => {
    const partitions = [{ partition: 0, leaderEpoch: 0 }]
    return { replicaId: -1, topics: [{ topic: 'a/b', partitions }] }
  },
  'of the same partition twice': async s => {
    const partition = { partition: 0, leaderEpoch: 0 }
    const topic = { topic: (await log(s)).name, partitions: [partition, partition] }
    return { replicaId: -1, topics: [topic] }
  },
  'as a follower': async s => ({ ...(await epoch(0)(s)), replicaId: 7 }),
})

const directoryScenarios = [
  ...scenarios(describeLogDirs, {
    'of a topic': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      await append(s, topic, batchOf(['a', 'b', 'c']))
      return { topics: [{ topic: topic.name, partitions: [0, 1] }] }
    },
    'of some partitions': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      return { topics: [{ topic: topic.name, partitions: [1, 9] }] }
    },
    'of no partitions': async s => ({
      topics: [{ topic: (await s.topic()).name, partitions: [] }],
    }),
    'of no topics': () => ({ topics: [] }),
    'of an unknown topic': s => ({ topics: [{ topic: s.name(), partitions: [0] }] }),
  }),
  ...scenarios(alterReplicaLogDirs, {
    'to an unknown directory': async s => {
      const topics = [{ name: (await s.topic()).name, partitions: [0] }]
      return { dirs: [{ path: '/nowhere', topics }] }
    },
    'to a relative directory': async s => {
      const topics = [{ name: (await s.topic()).name, partitions: [0] }]
      return { dirs: [{ path: 'here', topics }] }
    },
    'of an unknown topic': s => {
      return { dirs: [{ path: '/nowhere', topics: [{ name: s.name(), partitions: [0] }] }] }
    },
    'of no topics': () => ({ dirs: [{ path: '/nowhere', topics: [] }] }),
    'to no directories': () => ({ dirs: [] }),
  }),
]

function adding(
  name: string,
  count: number,
  brokerIds: number[][] | null = null,
  fields: { validateOnly?: boolean; timeoutMs?: number } = {},
) {
  const assignments = brokerIds?.map(brokerIds => ({ brokerIds })) ?? null
  return { topics: [{ name, count, assignments }], timeoutMs: 9999, validateOnly: false, ...fields }
}

/** To a topic of two. */
function adds(
  count: number,
  brokerIds: number[][] | null = null,
  fields: { validateOnly?: boolean; timeoutMs?: number } = {},
): Add {
  return async s => {
    const { name } = await s.topic({ numPartitions: 2 })
    await s.ask(adding(name, count, brokerIds, fields))
    await s.settled()
    await s.also(metadata, { topics: [{ name }], allowAutoTopicCreation: false })
  }
}

const addScenarios = scenarios(createPartitions, {
  'one more': adds(3),
  'as many as there are': adds(2),
  'fewer than there are': adds(1),
  '0': adds(0),
  '-1': adds(-1),
  'very many': adds(20_000, null, { validateOnly: true }),
  'one more, only to be checked': adds(3, null, { validateOnly: true }),
  'one more, by hand': adds(3, [[1]]),
  'one more, by hand, for an unknown broker': adds(3, [[7]]),
  'one more, by hand, for nobody': adds(3, [[]]),
  'one more, by hand, for the same broker twice': adds(3, [[1, 1]]),
  'two more, by hand, with one assignment': adds(4, [[1]]),
  'one more, by hand, with two assignments': adds(3, [[1], [1]]),
  'one more, with no assignments': adds(3, []),
  'as many as there are, by hand': adds(2, [[1]]),
  'in no time': adds(3, null, { timeoutMs: 0 }),
  'to no topics': () => ({ topics: [], timeoutMs: 9999, validateOnly: false }),
  'to an unknown topic': s => adding(s.name(), 3),
  'to an empty name': () => adding('', 3),
  'to an invalid name': () => adding('a/b', 3),
  'to the same topic twice': async s => {
    const { name } = await s.topic()
    const topic: NewPartitions = { name, count: 3, assignments: null }
    return { topics: [topic, topic], timeoutMs: 9999, validateOnly: false }
  },
  'to a topic and an unknown one': async s => {
    const { name } = await s.topic()
    const topics = [name, s.name('b')].map(name => ({ name, count: 3, assignments: null }))
    return { topics, timeoutMs: 9999, validateOnly: false }
  },
})

const electionScenarios = [
  ...scenarios(electLeaders, {
    'of a partition that has its leader': async s => {
      const topicPartitions = [{ topic: (await s.topic()).name, partitions: [0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'of an unknown topic': s => {
      const topicPartitions = [{ topic: s.name(), partitions: [0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'of an unknown partition': async s => {
      const topicPartitions = [{ topic: (await s.topic()).name, partitions: [7, 0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'of nothing': () => ({ electionType: 0, topicPartitions: [], timeoutMs: 9999 }),
    'of no partitions': async s => {
      const topicPartitions = [{ topic: (await s.topic()).name, partitions: [] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'of an invalid name': () => {
      const topicPartitions = [{ topic: 'a/b', partitions: [0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'of the same partition twice': async s => {
      const topicPartitions = [{ topic: (await s.topic()).name, partitions: [0, 0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 9999 }
    },
    'in no time': async s => {
      const topicPartitions = [{ topic: (await s.topic()).name, partitions: [0] }]
      return { electionType: 0, topicPartitions, timeoutMs: 0 }
    },
  }),
  ...scenarios(
    electLeaders,
    {
      'unclean, of a partition that has its leader': async s => {
        const topicPartitions = [{ topic: (await s.topic()).name, partitions: [0] }]
        return { electionType: 1, topicPartitions, timeoutMs: 9999 }
      },
      'of an unknown kind': async s => {
        const topicPartitions = [{ topic: (await s.topic()).name, partitions: [0] }]
        return { electionType: 5, topicPartitions, timeoutMs: 9999 }
      },
    },
    { since: 1 },
  ),
  ...scenarios(
    electLeaders,
    { 'of everything': () => ({ electionType: 0, topicPartitions: null, timeoutMs: 9999 }) },
    { alone: true },
  ),
]

function reassigning(name: string, partitionIndex: number, replicas: readonly number[] | null) {
  return { topics: [{ name, partitions: [{ partitionIndex, replicas }] }], timeoutMs: 9999 }
}

function reassigns(replicas: readonly number[] | null, partitionIndex = 0) {
  return async (s: Session<Input<typeof alterReassignments.request>>) => {
    const { name } = await s.topic()
    return reassigning(name, partitionIndex, replicas)
  }
}

const reassignmentScenarios = [
  ...scenarios(alterReassignments, {
    'to where it is': reassigns([1]),
    'to an unknown broker': reassigns([7]),
    'to a known and an unknown broker': reassigns([1, 7]),
    'to broker -1': reassigns([-1]),
    'to the same broker twice': reassigns([1, 1]),
    'to nobody': reassigns([]),
    'cancelled, where none is': reassigns(null),
    'of an unknown partition': reassigns([1], 7),
    'of partition -1': reassigns([1], -1),
    'cancelled, of an unknown partition': reassigns(null, 7),
    'of an unknown topic': s => reassigning(s.name(), 0, [1]),
    'of an empty name': () => reassigning('', 0, [1]),
    'of no topics': () => ({ topics: [], timeoutMs: 9999 }),
    'of no partitions': async s => {
      return { topics: [{ name: (await s.topic()).name, partitions: [] }], timeoutMs: 9999 }
    },
    'of the same partition twice': async s => {
      const partition = { partitionIndex: 0, replicas: [1] }
      const topic = { name: (await s.topic()).name, partitions: [partition, partition] }
      return { topics: [topic], timeoutMs: 9999 }
    },
    'in no time': async s => ({ ...(await reassigns([1])(s)), timeoutMs: 0 }),
  }),
  ...scenarios(
    alterReassignments,
    {
      'to as many, where no other number may be': async s => {
        return { ...(await reassigns([1])(s)), allowReplicationFactorChange: false }
      },
    },
    { since: 1 },
  ),
  ...scenarios(listReassignments, {
    'of everything': () => ({ topics: null, timeoutMs: 9999 }),
    'of nothing': () => ({ topics: [], timeoutMs: 9999 }),
    'of a topic that has none': async s => {
      const { name } = await s.topic()
      return { topics: [{ name, partitionIndexes: [0] }], timeoutMs: 9999 }
    },
    'of an unknown topic': s => {
      return { topics: [{ name: s.name(), partitionIndexes: [0] }], timeoutMs: 9999 }
    },
    'of an unknown partition': async s => {
      const { name } = await s.topic()
      return { topics: [{ name, partitionIndexes: [7] }], timeoutMs: 9999 }
    },
    'in no time': () => ({ topics: null, timeoutMs: 0 }),
  }),
]

function pages(fields: Partial<Input<typeof describeTopicPartitions.request>>, ...names: string[]) {
  return { topics: names.map(name => ({ name })), responsePartitionLimit: 2000, ...fields }
}

/** Two topics, of three partitions each. */
const topics = shared('pages', async s => {
  const a = await s.topic({ name: s.name('a'), numPartitions: 3 })
  const b = await s.topic({ name: s.name('b'), numPartitions: 3 })
  return [a.name, b.name] as const
})

const pageScenarios = scenarios(describeTopicPartitions, {
  'of a topic': async s => pages({}, (await topics(s))[0]),
  'of two topics': async s => pages({}, ...(await topics(s))),
  'of two topics, in another order': async s => pages({}, ...(await topics(s)).toReversed()),
  'of the same topic twice': async s => pages({}, (await topics(s))[0], (await topics(s))[0]),
  'of an unknown topic': s => pages({}, s.name()),
  'of a topic and an unknown one': async s => pages({}, s.name(), (await topics(s))[0]),
  'of an invalid name': () => pages({}, 'a/b'),
  'of an empty name': () => pages({}, ''),
  'of the name __proto__': () => pages({}, '__proto__'),
  'two at a time': async s => {
    const names = await topics(s)
    await s.ask(pages({ responsePartitionLimit: 2 }, ...names))
    const from = (topicName: string, partitionIndex: number) => ({ topicName, partitionIndex })
    await s.ask(pages({ responsePartitionLimit: 2, cursor: from(names[0], 2) }, ...names))
    await s.ask(pages({ responsePartitionLimit: 2, cursor: from(names[1], 1) }, ...names))
  },
  'as many as a topic has': async s => {
    return pages({ responsePartitionLimit: 3 }, ...(await topics(s)))
  },
  'one at a time': async s => pages({ responsePartitionLimit: 1 }, ...(await topics(s))),
  '0 at a time': async s => pages({ responsePartitionLimit: 0 }, ...(await topics(s))),
  '-1 at a time': async s => pages({ responsePartitionLimit: -1 }, ...(await topics(s))),
  'from a partition that is not there': async s => {
    const names = await topics(s)
    return pages({ cursor: { topicName: names[0], partitionIndex: 9 } }, ...names)
  },
  'from partition -1': async s => {
    const names = await topics(s)
    return pages({ cursor: { topicName: names[0], partitionIndex: -1 } }, ...names)
  },
  'from a topic that is not asked for': async s => {
    const names = await topics(s)
    return pages({ cursor: { topicName: 'zzz', partitionIndex: 0 } }, ...names)
  },
  'from between the topics': async s => {
    const names = await topics(s)
    return pages({ cursor: { topicName: `${names[0]}a`, partitionIndex: 0 } }, ...names)
  },
})

export const partitionsScenarios = [
  ...deleteScenarios,
  ...epochScenarios,
  ...directoryScenarios,
  ...addScenarios,
  ...electionScenarios,
  ...reassignmentScenarios,
  ...pageScenarios,
]
