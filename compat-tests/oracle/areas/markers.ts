/** WriteTxnMarkers, and what DescribeProducers tells. */
import { produce } from '../../../protocol/apis/00-produce.ts'
import { endTxn } from '../../../protocol/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../../protocol/apis/27-write-txn-markers.ts'
import { describeProducers } from '../../../protocol/apis/61-describe-producers.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { append, batchOf } from '../log.ts'
import { scenarios, type Script } from '../scenario.ts'
import type { Topic } from '../session.ts'
import {
  begin,
  committedOnly,
  end,
  ended,
  newProducer,
  nobody,
  raisesEpoch,
  seeLog,
  seeProducers,
  within,
  write,
  type Producer,
} from '../transaction.ts'

const next = ({ producerEpoch }: Producer) => ({ producerEpoch: producerEpoch + 1 })
const last = ({ producerEpoch }: Producer) => ({ producerEpoch: producerEpoch - 1 })

type Markers = Input<typeof writeTxnMarkers.request>
type Marker = Markers['markers'][number]
type MarkersScript = Script<Markers, Infer<typeof writeTxnMarkers.response>>

function marker(
  { producerId, producerEpoch }: Pick<Producer, 'producerId' | 'producerEpoch'>,
  { name }: Pick<Topic, 'name'>,
  fields: Partial<Marker> = {},
): Marker {
  return {
    producerId,
    producerEpoch,
    transactionResult: false,
    topics: [{ name, partitionIndexes: [0] }],
    coordinatorEpoch: 0,
    transactionVersion: 0,
    ...fields,
  }
}

/** To a partition with a transaction of two records. */
function marking(
  ...markers: ((producer: Producer, topic: Topic) => Partial<Marker>)[]
): MarkersScript {
  return async s => {
    const topic = await s.topic()
    await newProducer(s)
    const producer = await newProducer(s)
    await begin(s, producer, topic)
    await write(s, producer, topic, within(producer, 0, 'a', 'b'))
    for (const fields of markers) {
      await s.ask({ markers: [marker(producer, topic, fields(producer, topic))] })
    }
    await seeProducers(s, topic)
    await seeLog(s, topic)
    await seeLog(s, topic, committedOnly)
  }
}

/** To partitions and topics where nothing is. */
function markingNothing(fields: (topic: Topic) => Partial<Marker>): MarkersScript {
  return async s => {
    const topic = await s.topic()
    const producer = { producerId: 99, producerEpoch: 3 }
    await s.ask({ markers: [marker(producer, topic, fields(topic))] })
    await seeProducers(s, topic)
    await seeLog(s, topic)
  }
}

const marks = [
  ...scenarios(writeTxnMarkers, {
    abort: marking(() => ({})),
    commit: marking(() => ({ transactionResult: true })),
    'twice the same': marking(
      () => ({}),
      () => ({}),
    ),
    'abort, then commit': marking(
      () => ({}),
      () => ({ transactionResult: true }),
    ),
    'of the next epoch': marking(next),
    'of the next epoch, then of this one': marking(next, () => ({})),
    'of an old epoch': marking(last),
    'of epoch -1': marking(() => ({ producerEpoch: -1 })),
    'of the largest epoch': marking(() => ({ producerEpoch: 32_767 })),
    'by coordinator 5, then 4': marking(
      () => ({ coordinatorEpoch: 5 }),
      () => ({ coordinatorEpoch: 4 }),
    ),
    'by coordinator 5, then 5': marking(
      () => ({ coordinatorEpoch: 5 }),
      () => ({ coordinatorEpoch: 5 }),
    ),
    'by coordinator -1': marking(() => ({ coordinatorEpoch: -1 })),
    'by coordinator -1, after another': marking(
      () => ({ coordinatorEpoch: 5 }),
      () => ({ coordinatorEpoch: -1 }),
    ),
    'of another producer': marking(() => ({ producerId: nobody })),
    'where nothing is': markingNothing(() => ({})),
    'of producer -1': markingNothing(() => ({ producerId: -1 })),
    'of an unknown topic': markingNothing(() => ({
      topics: [{ name: 'nobody-knows-it', partitionIndexes: [0] }],
    })),
    'of a topic and an unknown one': markingNothing(({ name }) => ({
      topics: [
        { name: 'nobody-knows-it', partitionIndexes: [0] },
        { name, partitionIndexes: [0] },
      ],
    })),
    'of an unknown partition': markingNothing(({ name }) => ({
      topics: [{ name, partitionIndexes: [0, 7, -1] }],
    })),
    'of an empty name': markingNothing(() => ({ topics: [{ name: '', partitionIndexes: [0] }] })),
    'no partitions': markingNothing(({ name }) => ({ topics: [{ name, partitionIndexes: [] }] })),
    'no topics': markingNothing(() => ({ topics: [] })),
    'two in a request': async s => {
      const topic = await s.topic()
      const [first, second] = [await newProducer(s, s.name('x')), await newProducer(s, s.name('y'))]
      for (const producer of [first, second]) {
        await begin(s, producer, topic)
        await write(s, producer, topic, within(producer, 0, producer.transactionalId.slice(-1)))
      }
      const markers = [marker(first, topic), marker(second, topic, { transactionResult: true })]
      await s.ask({ markers })
      await seeProducers(s, topic)
      await seeLog(s, topic, committedOnly)
    },
    'two in a request, of one producer': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      const producer = await newProducer(s)
      await begin(s, producer, topic, [0, 1])
      await write(s, producer, topic, within(producer, 0, 'a'))
      await write(s, producer, topic, within(producer, 0, 'a'), 1)
      const [one, other] = [0, 1].map(index =>
        marker(producer, topic, { topics: [{ name: topic.name, partitionIndexes: [index] }] }),
      )
      await s.ask({ markers: [one!, other!] })
      await seeLog(s, topic, committedOnly)
      await seeLog(s, topic, committedOnly, 1)
    },
    'and a batch after it': async s => {
      const topic = await s.topic()
      const producer = await newProducer(s)
      await begin(s, producer, topic)
      await write(s, producer, topic, within(producer, 0, 'a'))
      await s.ask({ markers: [marker(producer, topic)] })
      const { name, id } = topic
      const partitionData = [{ index: 0, records: within(producer, 1, 'late') }]
      const topicData = [{ name, topicId: id, partitionData }]
      const { transactionalId } = producer
      const request = { transactionalId, acks: -1, timeoutMs: 9999, topicData }
      await s.also(produce, request)
      await s.also(endTxn, { ...producer, committed: true })
      await ended(s, producer)
      await seeProducers(s, topic)
      await seeLog(s, topic)
    },
  } satisfies Record<string, MarkersScript>),
  ...scenarios(
    writeTxnMarkers,
    {
      'of version 2, in the same epoch': marking(() => ({ transactionVersion: 2 })),
      'of version 2, in the next epoch': marking(producer => {
        return { ...next(producer), transactionVersion: 2 }
      }),
      'of version 2, twice in the next epoch': marking(
        producer => ({ ...next(producer), transactionVersion: 2 }),
        producer => ({ ...next(producer), transactionVersion: 2 }),
      ),
      'of version 2, in an old epoch': marking(producer => {
        return { ...last(producer), transactionVersion: 2 }
      }),
      'of version 1': marking(() => ({ transactionVersion: 1 })),
      'of version 3': marking(() => ({ transactionVersion: 3 })),
      'of version -1': marking(() => ({ transactionVersion: -1 })),
      'of version 2, where nothing is': markingNothing(() => ({ transactionVersion: 2 })),
    } satisfies Record<string, MarkersScript>,
    { since: 2 },
  ),
]

type DescribeScript = Script<Input<typeof describeProducers.request>, unknown>

const descriptions = scenarios(describeProducers, {
  'of a partition without any': async s => {
    const { name } = await s.topic()
    return { topics: [{ name, partitionIndexes: [0] }] }
  },
  'of an idempotent one': async s => {
    const topic = await s.topic()
    await append(s, topic, batchOf(['a'], { producerId: 7, producerEpoch: 2, baseSequence: 5 }))
    await s.ask({ topics: [{ name: topic.name, partitionIndexes: [0] }] })
  },
  'of some': async s => {
    const topic = await s.topic()
    const [open, aborted, committed] = [
      await newProducer(s, s.name('open')),
      await newProducer(s, s.name('aborted')),
      await newProducer(s, s.name('committed')),
    ]
    s.know(`${open.producerId}`, 'open')
    s.know(`${aborted.producerId}`, 'aborted')
    s.know(`${committed.producerId}`, 'committed')
    for (const producer of [committed, aborted, open]) {
      await begin(s, producer, topic)
      await write(s, producer, topic, within(producer, 0, 'a', 'b'))
    }
    await end(s, aborted, false)
    await end(s, committed, true, raisesEpoch)
    await s.ask({ topics: [{ name: topic.name, partitionIndexes: [0] }] })
  },
  'of an unknown topic': s => ({ topics: [{ name: s.name(), partitionIndexes: [0] }] }),
  'of an unknown partition': async s => {
    const { name } = await s.topic()
    return { topics: [{ name, partitionIndexes: [0, 1, -1] }] }
  },
  'of a partition twice': async s => {
    const { name } = await s.topic()
    return { topics: [{ name, partitionIndexes: [0, 0] }] }
  },
  'of a topic twice': async s => {
    const topic = { name: (await s.topic()).name, partitionIndexes: [0] }
    return { topics: [topic, topic] }
  },
  'of an empty name': () => ({ topics: [{ name: '', partitionIndexes: [0] }] }),
  'of an invalid name': () => ({ topics: [{ name: 'a/b', partitionIndexes: [0] }] }),
  'of the name __proto__': () => ({ topics: [{ name: '__proto__', partitionIndexes: [0] }] }),
  'of no partitions': async s => {
    return { topics: [{ name: (await s.topic()).name, partitionIndexes: [] }] }
  },
  'of no topics': () => ({ topics: [] }),
} satisfies Record<string, DescribeScript>)

export const markersScenarios = [...marks, ...descriptions]
