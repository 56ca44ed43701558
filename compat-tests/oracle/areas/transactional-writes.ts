/** Produce by idempotent and transactional producers. */
import { produce } from '../../../protocol/apis/00-produce.ts'
import { deleteRecords } from '../../../protocol/apis/21-delete-records.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { append, batchOf } from '../log.ts'
import { scenarios } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'
import {
  begin,
  end,
  ended,
  newProducer,
  nobody,
  raisesEpoch,
  seeLog,
  seeProducers,
  seeTransaction,
  within,
  write,
  type Producer,
} from '../transaction.ts'

type Produce = Input<typeof produce.request>
type ProduceSession = Session<Produce, Infer<typeof produce.response>>
type ProduceScript = (s: ProduceSession) => Promise<void>

function to(
  { name, id }: Topic,
  transactionalId: string | null,
  ...batches: readonly Buffer[]
): Produce {
  const partitionData = batches.map((records, index) => ({ index, records }))
  return {
    transactionalId,
    acks: -1,
    timeoutMs: 9999,
    topicData: [{ name, topicId: id, partitionData }],
  }
}

/** What a transaction, its partition, and its log then are. */
async function see(s: Session<never>, producer: Producer, topic: Topic): Promise<void> {
  await seeTransaction(s, producer)
  await seeProducers(s, topic)
  await seeLog(s, topic)
}

/** In a transaction that has begun, by one request after the other. */
function writing(...bodies: ((producer: Producer, topic: Topic) => Produce)[]): ProduceScript {
  return async s => {
    const topic = await s.topic({ numPartitions: 2 })
    const producer = await newProducer(s)
    await begin(s, producer, topic, [0, 1])
    for (const body of bodies) await s.ask(body(producer, topic))
    await see(s, producer, topic)
  }
}

/** Where nothing was added to a transaction before. */
function writingAtOnce(
  ...bodies: ((producer: Producer, topic: Topic) => Produce)[]
): ProduceScript {
  return async s => {
    const topic = await s.topic()
    await newProducer(s)
    const producer = await newProducer(s)
    for (const body of bodies) await s.ask(body(producer, topic))
    await see(s, producer, topic)
  }
}

/** A batch of these fields, and the id. */
function batch(
  sequence: number,
  change: (producer: Producer) => Partial<Producer> = () => ({}),
  ...values: string[]
) {
  return (producer: Producer, topic: Topic): Produce => {
    const changed = { ...producer, ...change(producer) }
    const records = within(changed, sequence, ...(values.length > 0 ? values : ['v']))
    return to(topic, changed.transactionalId, records)
  }
}

const unknown = ({ transactionalId }: Producer) => {
  return { transactionalId: `${transactionalId}-unknown` }
}
const next = ({ producerEpoch }: Producer) => ({ producerEpoch: producerEpoch + 1 })
const last = ({ producerEpoch }: Producer) => ({ producerEpoch: producerEpoch - 1 })

/** A batch that is none of a transaction, by its producer. */
function plain(transactionalId: (producer: Producer) => string | null) {
  return (producer: Producer, topic: Topic): Produce => {
    const { producerId, producerEpoch } = producer
    const records = batchOf(['plain'], { producerId, producerEpoch, baseSequence: 0 })
    return to(topic, transactionalId(producer), records)
  }
}

/** Verified since v11, and added to the transaction since v12 (KIP-890). */
const recent = { since: 9 }
const maxSequence = 2_147_483_647

const writes = scenarios(
  produce,
  {
    'transaction: one batch': writing(batch(0)),
    'transaction: three batches': writing(batch(0), batch(1), batch(2)),
    'transaction: a batch twice': writing(batch(0), batch(0)),
    'transaction: one of the last five, again': writing(...[0, 1, 2, 3, 4, 0].map(n => batch(n))),
    'transaction: one before the last five': writing(...[0, 1, 2, 3, 4, 5, 0].map(n => batch(n))),
    'transaction: a gap': writing(batch(0), batch(2)),
    'transaction: an overlap': writing(batch(0, undefined, 'a', 'b'), batch(1)),
    'transaction: from the middle': writing(batch(7)),
    'transaction: a sequence that wraps': writing(
      batch(maxSequence - 1, undefined, 'a', 'b'),
      batch(0, undefined, 'c'),
    ),
    'transaction: a sequence that wraps within a batch': writing(
      batch(maxSequence, undefined, 'a', 'b', 'c'),
      batch(2, undefined, 'd'),
      batch(maxSequence, undefined, 'a', 'b', 'c'),
    ),
    'transaction: two partitions': writing((producer, topic) => {
      const both = [within(producer, 0, 'a'), within(producer, 0, 'b')]
      return to(topic, producer.transactionalId, ...both)
    }),
    'transaction: two producers': writing((producer, topic) => {
      const other = { ...producer, producerId: nobody }
      const both = [within(producer, 0, 'a'), within(other, 0, 'b')]
      return to(topic, producer.transactionalId, ...both)
    }),
    'transaction: two batches at once': writing((producer, topic) => {
      const both = Buffer.concat([within(producer, 0, 'a'), within(producer, 1, 'b')])
      return to(topic, producer.transactionalId, both)
    }),
    'transaction: and a batch that is none of it': writing(batch(0), (producer, topic) => {
      const both = [within(producer, 1, 'a'), batchOf(['plain'])]
      return to(topic, producer.transactionalId, ...both)
    }),
    'transaction: a plain batch': writing(
      batch(0),
      plain(({ transactionalId }) => transactionalId),
    ),
    'transaction: a plain batch, without an id': writing(
      batch(0),
      plain(() => null),
    ),
    'transaction: without an id': writing((producer, topic) => {
      return to(topic, null, within(producer, 0, 'a'))
    }),
    'transaction: an unknown id': writing(batch(0, unknown)),
    'transaction: of another producer': writing(batch(0, () => ({ producerId: nobody }))),
    'transaction: of another producer, after a batch': writing(
      batch(0),
      batch(1, () => ({ producerId: nobody })),
    ),
    'transaction: in an epoch to come': writing(batch(0, next)),
    'transaction: in an epoch to come, after a batch': writing(batch(0), batch(0, next)),
    'transaction: in epoch -1': writing(batch(0, last)),
    'transaction: acks of the leader': writing((producer, topic) => {
      return { ...batch(0)(producer, topic), acks: 1 }
    }),
    'transaction: a control batch': writing((producer, topic) => {
      const bytes = within(producer, 0, 'a')
      const marker = batchOf(['a'], { ...producer, isTransactional: true, isControl: true })
      return to(topic, producer.transactionalId, bytes, marker)
    }),
    'transaction: an unknown partition': writing((producer, topic) => {
      const batches = [0, 0, 0].map(n => within(producer, n, 'a'))
      return to(topic, producer.transactionalId, ...batches)
    }),
    'transaction: in the next epoch, after its end': async s => {
      const topic = await s.topic()
      const before = await newProducer(s)
      await begin(s, before, topic)
      await write(s, before, topic, within(before, 0, 'a'))
      const after = await end(s, before, true, raisesEpoch)
      await s.ask(to(topic, after.transactionalId, within(before, 1, 'late')))
      await s.ask(to(topic, after.transactionalId, within(before, 0, 'a')))
      await s.ask(to(topic, after.transactionalId, within(after, 1, 'b')))
      await s.ask(to(topic, after.transactionalId, within(after, 0, 'c')))
      await see(s, after, topic)
    },
    'transaction: late, in the epoch of the one before': async s => {
      const topic = await s.topic()
      const before = await newProducer(s)
      await begin(s, before, topic)
      await write(s, before, topic, within(before, 0, 'a'))
      const after = await end(s, before, false, raisesEpoch)
      await begin(s, after, topic)
      await write(s, after, topic, within(after, 0, 'b'))
      await s.ask(to(topic, after.transactionalId, within(before, 1, 'late')))
      await see(s, after, topic)
    },
    'transaction: by one who was fenced': async s => {
      const topic = await s.topic()
      const first = await newProducer(s)
      await begin(s, first, topic)
      await write(s, first, topic, within(first, 0, 'a'))
      const second = await newProducer(s)
      await s.ask(to(topic, first.transactionalId, within(first, 1, 'late')))
      await begin(s, second, topic)
      await s.ask(to(topic, first.transactionalId, within(first, 1, 'later')))
      await s.ask(to(topic, second.transactionalId, within(second, 0, 'b')))
      await see(s, second, topic)
    },
    'transaction: by one whose transaction timed out': async s => {
      const topic = await s.topic()
      const producer = await newProducer(s, s.name(), { transactionTimeoutMs: 1 })
      await begin(s, producer, topic)
      await s.until(async () => (await ended(s, producer)) === 'CompleteAbort')
      await s.ask(to(topic, producer.transactionalId, within(producer, 0, 'late')))
      await see(s, producer, topic)
    },
    'transaction: in an epoch that the id raised by itself': async s => {
      const topic = await s.topic()
      const first = await newProducer(s)
      await begin(s, first, topic)
      await write(s, first, topic, within(first, 0, 'a'))
      await end(s, first, true)
      const second = await newProducer(s, first.transactionalId, first)
      await begin(s, second, topic)
      await s.ask(to(topic, second.transactionalId, within(second, 1, 'b')))
      await s.ask(to(topic, second.transactionalId, within(second, 0, 'c')))
      await see(s, second, topic)
    },
  } satisfies Record<string, ProduceScript>,
  recent,
)

/**
 * Kafka asks the coordinator for what several connections want at once: of an id by one producer
 * only, and errors are those of the oldest version among them.
 */
const unbegun = scenarios(
  produce,
  {
    'transaction: not begun': writingAtOnce(batch(0)),
    'transaction: not begun, two batches': writingAtOnce(batch(0), batch(1)),
    'transaction: not begun, from the middle': writingAtOnce(batch(4)),
    'transaction: not begun, of another producer': writingAtOnce(
      batch(0, () => ({ producerId: nobody })),
    ),
    'transaction: not begun, in an old epoch': writingAtOnce(batch(0, last)),
    'transaction: not begun, in an epoch to come': writingAtOnce(batch(0, next)),
    'transaction: not begun, of an unknown id': writingAtOnce(batch(0, unknown)),
    'transaction: not begun, by a plain batch': writingAtOnce(
      plain(({ transactionalId }) => transactionalId),
    ),
    'transaction: not begun, to an unknown topic': async s => {
      const producer = await newProducer(s)
      const topic = { name: s.name('unknown'), id: 'AAAAAAAAAAAAAAAAAAAAZQ' }
      await s.ask(to(topic, producer.transactionalId, within(producer, 0, 'a')))
      await seeTransaction(s, producer)
    },
    'transaction: with another partition': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      const producer = await newProducer(s)
      await begin(s, producer, topic, [1])
      await s.ask(to(topic, producer.transactionalId, within(producer, 0, 'a')))
      await see(s, producer, topic)
    },
    'transaction: after its end, and in the next': async s => {
      const topic = await s.topic()
      const producer = await newProducer(s)
      await begin(s, producer, topic)
      await write(s, producer, topic, within(producer, 0, 'a'))
      await end(s, producer, true)
      await s.ask(to(topic, producer.transactionalId, within(producer, 1, 'b')))
      await begin(s, producer, topic)
      await s.ask(to(topic, producer.transactionalId, within(producer, 1, 'b')))
      await see(s, producer, topic)
    },

    'transaction: an empty id': writing((producer, topic) => {
      return to(topic, '', within(producer, 0, 'a'))
    }),
  },
  { ...recent, alone: true },
)

/** An idempotent producer's batches, one after the other. */
function idempotent(...batches: (readonly [sequence: number, epoch: number, values?: number])[]) {
  return (async s => {
    const topic = await s.topic()
    for (const [baseSequence, producerEpoch, count = 1] of batches) {
      const values = Array.from({ length: count }, (_, i) => `${baseSequence}+${i}`)
      const fields = { producerId: 77, producerEpoch, baseSequence }
      await s.ask(to(topic, null, batchOf(values, fields)))
    }
    await seeProducers(s, topic)
    await seeLog(s, topic)
  }) satisfies ProduceScript
}

const idempotence = scenarios(
  produce,
  {
    'idempotent: a sequence that wraps': idempotent([maxSequence - 1, 0, 2], [0, 0]),
    'idempotent: a sequence that wraps within a batch': idempotent(
      [maxSequence, 0, 3],
      [2, 0],
      [maxSequence, 0, 3],
    ),
    'idempotent: a sequence that does not wrap': idempotent([maxSequence, 0, 1], [1, 0]),
    'idempotent: a batch of the window that is longer': idempotent([0, 0, 2], [2, 0, 2], [0, 0, 3]),
    'idempotent: a batch of the window that is shorter': idempotent(
      [0, 0, 2],
      [2, 0, 2],
      [0, 0, 1],
    ),
    'idempotent: the last batch and more': idempotent([0, 0, 2], [0, 0, 4]),
    'idempotent: two batches as one': idempotent([0, 0, 2], [2, 0, 2], [0, 0, 4]),
    'idempotent: the next epoch, and the one before': idempotent([0, 0], [0, 1], [1, 0], [1, 1]),
    'idempotent: a duplicate of the epoch before': idempotent([0, 0], [0, 1], [0, 0]),
    'idempotent: an epoch that was left out': idempotent([0, 0], [0, 5], [1, 5]),
    'idempotent: the largest epoch': idempotent([0, 32_767], [1, 32_767]),
    'idempotent: a gap, and what was missing': idempotent([0, 0], [2, 0], [1, 0], [2, 0]),
    'idempotent: to a partition whose records were deleted': async s => {
      const topic = await s.topic()
      const batch = (baseSequence: number, producerEpoch = 0) =>
        batchOf(['a'], { producerId: 77, producerEpoch, baseSequence })
      await append(s, topic, batch(0))
      await append(s, topic, batch(1))
      const partitions = [{ partitionIndex: 0, offset: 2 }]
      await s.get(deleteRecords, { topics: [{ name: topic.name, partitions }], timeoutMs: 9999 })
      await s.ask(to(topic, null, batch(1)))
      await s.ask(to(topic, null, batch(3)))
      await s.ask(to(topic, null, batch(2)))
      await seeProducers(s, topic)
    },
  } satisfies Record<string, ProduceScript>,
  recent,
)

export const transactionalWritesScenarios = [...writes, ...unbegun, ...idempotence]
