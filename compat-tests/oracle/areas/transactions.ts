/** What the coordinator of transactions does: InitProducerId to EndTxn. */
import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../../protocol/apis/22-init-producer-id.ts'
import { endTxn } from '../../../protocol/apis/26-end-txn.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import {
  begin,
  committedOnly,
  end,
  ended,
  keepsEpoch,
  newProducer,
  nobody,
  raisesEpoch,
  seeLog,
  seeProducers,
  seeTransaction,
  transactionTimeoutMs,
  within,
  write,
  type Producer,
} from '../transaction.ts'

type Init = Input<typeof initProducerId.request>
type InitScript = Script<Init, Infer<typeof initProducerId.response>>
type EndScript = Script<Input<typeof endTxn.request>, Infer<typeof endTxn.response>>

const topicOf = shared('transactions', s => s.topic({ numPartitions: 3 }))

const initial = (transactionalId: string | null, fields: Partial<Init> = {}): Init => {
  return { transactionalId, transactionTimeoutMs, ...fields }
}

/** Another request for the id, by its holder, with other fields. */
function again(change: (producer: Producer) => Partial<Init>): InitScript {
  return async s => {
    const producer = await newProducer(s)
    await s.ask(initial(producer.transactionalId, change(producer)))
    await seeTransaction(s, producer)
  }
}

/** The same, in an epoch that came of another such request. */
function afterARaise(change: (before: Producer, after: Producer) => Partial<Init>): InitScript {
  return async s => {
    const before = await newProducer(s)
    const after = await newProducer(s, before.transactionalId, before)
    await s.ask(initial(before.transactionalId, change(before, after)))
    await seeTransaction(s, before)
  }
}

/** The same, within a transaction; asked twice, as the first time aborts. */
function inTransaction(change: (producer: Producer) => Partial<Init>): InitScript {
  return async s => {
    const topic = await s.topic()
    const producer = await newProducer(s)
    await begin(s, producer, topic)
    await write(s, producer, topic, within(producer, 0, 'a'))
    const request = initial(producer.transactionalId, change(producer))
    await s.ask(request)
    await ended(s, producer)
    await seeTransaction(s, producer)
    await s.ask(request)
    await seeTransaction(s, producer)
    await seeLog(s, topic)
  }
}

/** After a transaction. */
function afterwards(committed: boolean, version: number): InitScript {
  return async s => {
    const producer = await newProducer(s)
    await begin(s, producer, await topicOf(s))
    await end(s, producer, committed, version)
    await s.ask(initial(producer.transactionalId))
    await seeTransaction(s, producer)
  }
}

const inits = [
  ...scenarios(initProducerId, {
    'transactional: a new id': async s => {
      await s.ask(initial(s.name()))
      await seeTransaction(s, { transactionalId: s.name() })
    },
    'transactional: twice': async s => {
      await s.ask(initial(s.name()))
      await s.ask(initial(s.name(), { transactionTimeoutMs: 1234 }))
      await seeTransaction(s, { transactionalId: s.name() })
    },
    'transactional: timeout 0': s => initial(s.name(), { transactionTimeoutMs: 0 }),
    'transactional: timeout -1': s => initial(s.name(), { transactionTimeoutMs: -1 }),
    'transactional: timeout 1': s => initial(s.name(), { transactionTimeoutMs: 1 }),
    'transactional: the longest timeout': s => {
      return initial(s.name(), { transactionTimeoutMs: 900_000 })
    },
    'transactional: a timeout that is too long': s => {
      return initial(s.name(), { transactionTimeoutMs: 900_001 })
    },
    'transactional: an empty id with timeout 0': () => initial('', { transactionTimeoutMs: 0 }),
    'transactional: a long id': s => initial(s.name('x'.repeat(3000))),
    'transactional: by another, within a transaction': inTransaction(() => ({})),
    'transactional: after a commit': afterwards(true, keepsEpoch),
    'transactional: after an abort': afterwards(false, keepsEpoch),
    'transactional: after a commit that raised the epoch': afterwards(true, raisesEpoch),
    'transactional: after an abort that raised the epoch': afterwards(false, raisesEpoch),
  }),
  ...scenarios(
    initProducerId,
    {
      'transactional: a new id, with a producer': async s => {
        await s.ask(initial(s.name(), { producerId: 5, producerEpoch: 3 }))
        await seeTransaction(s, { transactionalId: s.name() })
      },
      'transactional: a new id, with an id and no epoch': s => {
        return initial(s.name(), { producerId: 5, producerEpoch: -1 })
      },
      'transactional: by its producer': again(producer => producer),
      'transactional: by a producer of another id': again(producer => {
        return { ...producer, producerId: nobody }
      }),
      'transactional: by another id in another epoch': again(() => {
        return { producerId: nobody, producerEpoch: 7 }
      }),
      'transactional: in an epoch to come': again(producer => {
        return { ...producer, producerEpoch: producer.producerEpoch + 1 }
      }),
      'transactional: in epoch 32767': again(producer => ({ ...producer, producerEpoch: 32_767 })),
      'transactional: in the epoch before': afterARaise(before => before),
      'transactional: in the epoch now': afterARaise((_, after) => after),
      'transactional: in an epoch that is long gone': async s => {
        const first = await newProducer(s)
        await newProducer(s)
        await newProducer(s)
        await newProducer(s)
        return initial(first.transactionalId, first)
      },
      'transactional: in the epoch before another took over': async s => {
        const first = await newProducer(s)
        await newProducer(s)
        return initial(first.transactionalId, first)
      },
      'transactional: by its producer, within a transaction': inTransaction(producer => producer),
      'transactional: by one of another id, within a transaction': inTransaction(producer => {
        return { ...producer, producerId: nobody }
      }),
      'transactional: in an epoch to come, within a transaction': inTransaction(producer => {
        return { ...producer, producerEpoch: producer.producerEpoch + 1 }
      }),
      'transactional: by the one who was fenced within a transaction': async s => {
        const first = await newProducer(s)
        await begin(s, first, await topicOf(s))
        await newProducer(s)
        await s.ask(initial(first.transactionalId, first))
      },
      'transactional: in an old epoch, within a transaction': async s => {
        const first = await newProducer(s)
        const second = await newProducer(s)
        await begin(s, second, await topicOf(s))
        await s.ask(initial(first.transactionalId, first))
        await ended(s, second)
        await seeTransaction(s, second)
      },
    },
    { since: 3 },
  ),
]

/** Ends of one transaction after the other, each when the one before is complete. */
function ending(...results: readonly boolean[]): EndScript {
  return async s => {
    const topic = await s.topic()
    const producer = await newProducer(s)
    await begin(s, producer, topic)
    await write(s, producer, topic, within(producer, 0, 'a'))
    for (const committed of results) {
      await s.ask({ ...producer, committed })
      await ended(s, producer)
    }
    await seeTransaction(s, producer)
    await seeProducers(s, topic)
    await seeLog(s, topic)
    await seeLog(s, topic, committedOnly)
  }
}

/** The same, in the epoch that the answer to the one before tells. */
function endingInTurn(...results: readonly boolean[]): EndScript {
  return async s => {
    const topic = await topicOf(s)
    let producer = await newProducer(s)
    await begin(s, producer, topic)
    for (const committed of results) {
      const { producerId = -1, producerEpoch = -1 } =
        (await s.ask({ ...producer, committed })) ?? {}
      await ended(s, producer)
      if (producerId >= 0) producer = { ...producer, producerId, producerEpoch }
    }
    await seeTransaction(s, producer)
  }
}

/** Of a transaction that has begun, or of one that has not. */
function endingAs(
  change: (producer: Producer) => Partial<Producer>,
  { committed = true, isOpen = true } = {},
): EndScript {
  return async s => {
    await newProducer(s)
    const producer = await newProducer(s)
    if (isOpen) await begin(s, producer, await topicOf(s))
    await s.ask({ ...producer, ...change(producer), committed })
    await ended(s, producer)
    await seeTransaction(s, producer)
  }
}

const [isOpen, committed] = [false, false] as const

const ends = scenarios(endTxn, {
  commit: ending(true),
  abort: ending(false),
  'commit twice': ending(true, true),
  'abort twice': ending(false, false),
  'commit, then abort': ending(true, false),
  'abort, then commit': ending(false, true),
  'commit three times': ending(true, true, true),
  'commit, and commit nothing': endingInTurn(true, true),
  'commit, and abort nothing': endingInTurn(true, false),
  'abort, and commit nothing': endingInTurn(false, true),
  'abort, and abort nothing, twice': endingInTurn(false, false, false),
  'commit what never began': endingAs(() => ({}), { isOpen }),
  'abort what never began': endingAs(() => ({}), { isOpen, committed }),
  'in an old epoch': endingAs(({ producerEpoch }) => ({ producerEpoch: producerEpoch - 1 })),
  'in an old epoch, what never began': endingAs(
    ({ producerEpoch }) => ({ producerEpoch: producerEpoch - 1 }),
    { isOpen },
  ),
  'abort in an old epoch': endingAs(({ producerEpoch }) => ({ producerEpoch: producerEpoch - 1 }), {
    committed,
  }),
  'in an epoch to come': endingAs(({ producerEpoch }) => ({ producerEpoch: producerEpoch + 1 })),
  'in epoch -1': endingAs(() => ({ producerEpoch: -1 })),
  'of another producer': endingAs(() => ({ producerId: nobody })),
  'of another producer, in another epoch': endingAs(() => {
    return { producerId: nobody, producerEpoch: 7 }
  }),
  'of an unknown id': endingAs(() => ({ transactionalId: 'nobody has this' })),
  'of an empty id': endingAs(() => ({ transactionalId: '' })),
  'several transactions': async s => {
    const topic = await s.topic()
    let producer = await newProducer(s)
    for (const [i, committed] of [true, false, true].entries()) {
      await begin(s, producer, topic)
      const sequence = s.version < raisesEpoch ? i : 0
      await write(s, producer, topic, within(producer, sequence, `${i}`))
      const { producerId = -1, producerEpoch = -1 } =
        (await s.ask({ ...producer, committed })) ?? {}
      await ended(s, producer)
      if (producerId >= 0) producer = { ...producer, producerId, producerEpoch }
    }
    await seeTransaction(s, producer)
    await seeProducers(s, topic)
    await seeLog(s, topic)
    await seeLog(s, topic, committedOnly)
  },
  'by one who was fenced': async s => {
    const producer = await newProducer(s)
    await begin(s, producer, await topicOf(s))
    await newProducer(s)
    await s.ask({ ...producer, committed: true })
    await s.ask({ ...producer, committed: false })
  },
  'commit what timed out': async s => {
    const topic = await s.topic()
    const producer = await newProducer(s, s.name(), { transactionTimeoutMs: 1 })
    await begin(s, producer, topic)
    await s.until(async () => (await ended(s, producer)) === 'CompleteAbort')
    await s.ask({ ...producer, committed: true })
    await seeTransaction(s, producer)
    await seeLog(s, topic)
  },
  'abort what timed out': async s => {
    const producer = await newProducer(s, s.name(), { transactionTimeoutMs: 1 })
    await begin(s, producer, await topicOf(s))
    await s.until(async () => (await ended(s, producer)) === 'CompleteAbort')
    await s.ask({ ...producer, committed: false })
    await seeTransaction(s, producer)
  },
  'without a record in its partitions': async s => {
    const topic = await s.topic({ numPartitions: 2 })
    const producer = await newProducer(s)
    await begin(s, producer, topic, [0, 1])
    await write(s, producer, topic, within(producer, 0, 'a'), 1)
    await s.ask({ ...producer, committed: false })
    await ended(s, producer)
    await seeLog(s, topic, committedOnly)
    await seeLog(s, topic, committedOnly, 1)
    await seeProducers(s, topic)
  },
  'after its topic was deleted': async s => {
    const [gone, stays] = [await s.topic({ name: s.name('gone') }), await s.topic()]
    const producer = await newProducer(s)
    await begin(s, producer, gone)
    await begin(s, producer, stays)
    await write(s, producer, stays, within(producer, 0, 'a'))
    await s.remove(gone.name)
    await s.ask({ ...producer, committed: true })
    await ended(s, producer)
    await seeTransaction(s, producer)
    await seeLog(s, stays, committedOnly)
  },
})

function ofTransactions(...keys: string[]) {
  return { key: keys[0] ?? '', keyType: 1, coordinatorKeys: keys }
}

const coordinators = [
  ...scenarios(
    findCoordinator,
    {
      'transactions: of an id': s => ofTransactions(s.name()),
      'transactions: of an empty id': () => ofTransactions(''),
      'transactions: of the id __proto__': () => ofTransactions('__proto__'),
    },
    { since: 1 },
  ),
  ...scenarios(
    findCoordinator,
    {
      'transactions: of two ids': s => ofTransactions(s.name('a'), s.name('b')),
      'transactions: of an id and an empty one': s => ofTransactions(s.name(), ''),
    },
    { since: 4 },
  ),
]

export const transactionsScenarios = [...inits, ...ends, ...coordinators]
