import { deleteRecords } from '../../../protocol/apis/21-delete-records.ts'
import { shareFetch } from '../../../protocol/apis/78-share-fetch.ts'
import { shareAcknowledge } from '../../../protocol/apis/79-share-acknowledge.ts'
import * as beginnings from '../../../protocol/apis/83-initialize-share-group-state.ts'
import { readShareGroupState } from '../../../protocol/apis/84-read-share-group-state.ts'
import { writeShareGroupState } from '../../../protocol/apis/85-write-share-group-state.ts'
import { deleteShareGroupState } from '../../../protocol/apis/86-delete-share-group-state.ts'
import * as summaries from '../../../protocol/apis/87-read-share-group-state-summary.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/schema.ts'
import { append, batchOf } from '../log.ts'
import { scenarios, type Script } from '../scenario.ts'
import { awaitShareState } from '../share-state.ts'
import type { Session, Topic } from '../session.ts'

const { initializeShareGroupState } = beginnings
const { readShareGroupStateSummary } = summaries

type FetchRequest = Input<typeof shareFetch.request>
type AcknowledgeRequest = Input<typeof shareAcknowledge.request>

/** First and last offset, and what is said of them: one type for all, or one for each. */
type Said = readonly [firstOffset: number, lastOffset: number, ...types: number[]]

const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'
const three = batchOf(['a', 'b', 'c'])
const finalEpoch = -1
const renewal = { isRenewAck: true, maxBytes: 0, minBytes: 0, maxRecords: 0, maxWaitMs: 0 }

function said(batches: readonly Said[]) {
  return batches.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => {
    return { firstOffset, lastOffset, acknowledgeTypes }
  })
}

function fetching(
  s: Session<never>,
  { id: topicId }: Pick<Topic, 'id'>,
  shareSessionEpoch: number,
  batches: readonly Said[] | undefined,
  fields: Partial<FetchRequest> = {},
): FetchRequest {
  const partitions = [{ partitionIndex: 0, acknowledgementBatches: said(batches ?? []) }]
  return {
    groupId: s.name(),
    memberId: 'member',
    shareSessionEpoch,
    maxWaitMs: 300,
    minBytes: 1,
    maxBytes: 1_000_000,
    maxRecords: 500,
    batchSize: 500,
    topics: batches === undefined ? [] : [{ topicId, partitions }],
    forgottenTopicsData: [],
    ...fields,
  }
}

function acknowledging(
  s: Session<never>,
  { id: topicId }: Pick<Topic, 'id'>,
  shareSessionEpoch: number,
  batches: readonly Said[],
  fields: Partial<AcknowledgeRequest> = {},
): AcknowledgeRequest {
  const partitions = [{ partitionIndex: 0, acknowledgementBatches: said(batches) }]
  const topics = [{ topicId, partitions }]
  return { groupId: s.name(), memberId: 'member', shareSessionEpoch, topics, ...fields }
}

/** A topic with batches of three records that the case's group begins with at the start. */
async function begun(s: Session<never>, batches = 2): Promise<Topic> {
  const topic = await s.topic()
  await awaitShareState(s, topic)
  await initialize(s, topic, 0)
  for (let i = 0; i < batches; i++) await append(s, topic, three)
  return topic
}

async function initialize(s: Session<never>, { id }: Topic, startOffset: number): Promise<void> {
  const topics = [{ topicId: id, partitions: [{ partition: 0, stateEpoch: 0, startOffset }] }]
  const { results } = await s.get(initializeShareGroupState, { groupId: s.name(), topics })
  const { errorCode } = results[0]!.partitions[0]!
  if (errorCode !== errors.NONE) throw new Error(`initialize: ${errorName(errorCode)}`)
}

/** The member has all records; the next epoch is 1. Kafka reads the state in the background. */
async function acquired(s: Session<never>, fields: Partial<FetchRequest> = {}): Promise<Topic> {
  const topic = await begun(s)
  await s.until(async () => {
    const { responses } = await s.get(shareFetch, fetching(s, topic, 0, [], fields))
    return (responses[0]?.partitions[0]?.acquiredRecords.length ?? 0) > 0
  })
  return topic
}

/** What is asked after all records were acquired; and what is stored then. */
function then(
  batches: readonly Said[] | undefined,
  fields: Partial<FetchRequest> = {},
  epoch = 1,
): Script<FetchRequest, unknown> {
  return async s => {
    const topic = await acquired(s)
    await s.ask(fetching(s, topic, epoch, batches, { maxWaitMs: 0, ...fields }))
    if (epoch === finalEpoch) await released(s, topic)
    await stored(s, topic)
  }
}

function acknowledged(
  batches: readonly Said[],
  fields: Partial<AcknowledgeRequest> = {},
  epoch = 1,
): Script<AcknowledgeRequest, unknown> {
  return async s => {
    const topic = await acquired(s)
    await s.ask(acknowledging(s, topic, epoch, batches, fields))
    if (epoch === finalEpoch) await released(s, topic)
    await stored(s, topic)
  }
}

/** Kafka answers the end of a session before it stores what is given back. */
async function released(s: Session<never>, { id: topicId }: Topic): Promise<void> {
  await s.until(async () => {
    const topics = [{ topicId, partitions: [{ partition: 0, leaderEpoch: -1 }] }]
    const { results } = await s.get(readShareGroupState, { groupId: s.name(), topics })
    return results[0]!.partitions[0]!.stateBatches.some(({ deliveryState }) => deliveryState === 0)
  })
}

async function stored(s: Session<never>, { id: topicId }: Topic): Promise<void> {
  const topics = [{ topicId, partitions: [{ partition: 0, leaderEpoch: -1 }] }]
  await s.also(readShareGroupState, { groupId: s.name(), topics })
}

/** A first request, when the state is read: all records have come back to who had them. */
function first(fields: Partial<FetchRequest> = {}): Script<FetchRequest, unknown> {
  return async s => {
    const topic = await acquired(s, { memberId: 'before' })
    await s.get(shareAcknowledge, acknowledging(s, topic, 1, [[0, 5, 2]], { memberId: 'before' }))
    await s.ask(fetching(s, topic, 0, [], fields))
  }
}

const fetches = scenarios(shareFetch, {
  'all that there is': first(),
  'a record, and the rest of its batch': first({ maxRecords: 1 }),
  'a byte': first({ maxBytes: 1 }),
  'no records': first({ maxRecords: 0 }),
  'no bytes': first({ maxBytes: 0 }),
  'without a group': first({ groupId: null }),
  'of the empty group': first({ groupId: '' }),
  'without a member': first({ memberId: null }),
  'of the empty member': first({ memberId: '' }),
  'of a member with a long id': first({ memberId: 'x'.repeat(37) }),
  'with acknowledgements at once': async s => {
    const topic = await begun(s)
    await s.ask(fetching(s, topic, 0, [[0, 0, 1]]))
  },
  'of a group that has not begun': async s => {
    await s.ask(fetching(s, await s.topic(), 0, []))
  },
  'in a session that is not there': async s => {
    await s.ask(fetching(s, { id: unknownId }, 1, undefined))
  },
  'the end of a session that is not there': async s => {
    await s.ask(fetching(s, { id: unknownId }, -1, undefined))
  },
  'in an epoch to come': then(undefined, {}, 2),
  'in an epoch below all': then(undefined, {}, -2),
  'nothing more': then(undefined),
  'at least 0 bytes of nothing': then(undefined, { minBytes: 0, maxWaitMs: 5000 }),
  'an unknown partition': async s => {
    const { id: topicId } = await begun(s)
    const partitions = [{ partitionIndex: 7, acknowledgementBatches: [] }]
    await s.ask(fetching(s, { id: topicId }, 0, [], { topics: [{ topicId, partitions }] }))
  },
  'accepting all': then([[0, 5, 1]]),
  'each on its own': then([[0, 5, 1, 3, 0, 1, 3, 0]]),
  'what was never delivered': then([[6, 6, 1]]),
  'past what was delivered': then([[5, 6, 1]]),
  'ending before it begins': then([[1, 0, 1]]),
  'going back': then([
    [3, 4, 1],
    [0, 1, 1],
  ]),
  'one record twice': then([
    [0, 3, 1],
    [3, 4, 1],
  ]),
  'no types': then([[0, 1]]),
  'too few types': then([[0, 2, 1, 1]]),
  'type 5': then([[0, 2, 5]]),
  'type -1': then([[0, 2, -1]]),
  'renewing without saying so': then([[0, 2, 4]]),
  'the end of a session': then([[0, 1, 1]], {}, -1),
})

const strict = scenarios(
  shareFetch,
  {
    'a record and no more': first({ maxRecords: 1, shareAcquireMode: 1 }),
    'four records and no more': first({ maxRecords: 4, shareAcquireMode: 1 }),
    'an unknown mode': first({ shareAcquireMode: 2 }),
    'renewing locks': then([[0, 5, 4]], renewal),
    'renewing some': then([[0, 5, 4, 1, 4, 1, 4, 1]], renewal),
    'renewing, and asking for records': then([[0, 5, 4]], { ...renewal, maxRecords: 1 }),
    'renewing, and waiting': then([[0, 5, 4]], { ...renewal, maxWaitMs: 1 }),
  },
  { since: 2 },
)

const acknowledgements = scenarios(shareAcknowledge, {
  'all that was delivered': acknowledged([[0, 5, 1]]),
  'all, to be delivered again': acknowledged([[0, 5, 2]]),
  'all as unfit': acknowledged([[0, 5, 3]]),
  'all as gaps': acknowledged([[0, 5, 0]]),
  'in part': acknowledged([[1, 2, 1]]),
  'in parts': acknowledged([
    [0, 0, 1],
    [2, 4, 2, 3, 1],
  ]),
  nothing: acknowledged([]),
  'past what was delivered': acknowledged([[4, 7, 1]]),
  'what was never delivered': acknowledged([[7, 9, 1]]),
  'one record twice': acknowledged([
    [0, 3, 1],
    [3, 4, 1],
  ]),
  'type 9': acknowledged([[0, 0, 9]]),
  'as another member': acknowledged([[0, 0, 1]], { memberId: 'other' }),
  'as nobody': acknowledged([[0, 0, 1]], { memberId: '' }),
  'of no group': acknowledged([[0, 0, 1]], { groupId: null }),
  'in an epoch to come': acknowledged([[0, 0, 1]], {}, 2),
  'in epoch 0': acknowledged([[0, 0, 1]], {}, 0),
  'at the end': acknowledged([[0, 2, 1]], {}, -1),
  'of an unknown topic': async s => {
    await acquired(s)
    await s.ask(acknowledging(s, { id: unknownId }, 1, [[0, 0, 1]]))
  },
  twice: async s => {
    const topic = await acquired(s)
    await s.ask(acknowledging(s, topic, 1, [[1, 1, 1]]))
    await s.ask(acknowledging(s, topic, 2, [[1, 1, 1]]))
  },
  'what was deleted since': async s => {
    const topic = await acquired(s)
    const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 3 }] }]
    await s.get(deleteRecords, { topics, timeoutMs: 9999 })
    await s.ask(acknowledging(s, topic, 1, [[0, 2, 1]]))
  },
})

const renewals = scenarios(
  shareAcknowledge,
  {
    'to have them longer': acknowledged([[0, 5, 4]], { isRenewAck: true }),
    'to have some longer': acknowledged([[0, 2, 4, 1, 4]], { isRenewAck: true }),
    'to have them longer without saying so': acknowledged([[0, 5, 4]]),
  },
  { since: 2 },
)

const noTopic = { topicId: unknownId }

/** The same for each request to the share coordinator; `partition` is what it says of one. */
function coordinatorScripts<Partition extends { partition: number }>(partition: Partition) {
  type Request = { groupId: string; topics: { topicId: string; partitions: Partition[] }[] }
  const request =
    (
      of: (s: Session<never>, topicId: string) => Partial<Request>,
      fields: Partial<Partition> = {},
    ): Script<Request, unknown> =>
    async s => {
      const { id: topicId } = await begun(s, 0)
      const topics = [{ topicId, partitions: [{ ...partition, ...fields }] }]
      await s.ask({ groupId: s.name(), topics, ...of(s, topicId) })
      await stored(s, { name: '', id: topicId })
    }
  return {
    'a partition': request(() => ({})),
    'an unknown topic': request(() => ({ topics: [{ ...noTopic, partitions: [partition] }] })),
    'the empty group': request(() => ({ groupId: '' })),
    'no topics': request(() => ({ topics: [] })),
    'no partitions': request((_, topicId) => ({ topics: [{ topicId, partitions: [] }] })),
    'partition -1': request(() => ({}), { partition: -1 } as Partial<Partition>),
    'partition 9': request(() => ({}), { partition: 9 } as Partial<Partition>),
  }
}

const update = {
  partition: 0,
  stateEpoch: 0,
  leaderEpoch: 0,
  startOffset: 2,
  deliveryCompleteCount: 3,
  stateBatches: [{ firstOffset: 2, lastOffset: 4, deliveryState: 2, deliveryCount: 1 }],
}
const beginning = { partition: 0, stateEpoch: 1, startOffset: 7 }

const coordinator = [
  ...scenarios(initializeShareGroupState, coordinatorScripts(beginning)),
  ...scenarios(readShareGroupState, coordinatorScripts({ partition: 0, leaderEpoch: 0 })),
  ...scenarios(writeShareGroupState, coordinatorScripts(update)),
  ...scenarios(deleteShareGroupState, coordinatorScripts({ partition: 0 })),
  ...scenarios(readShareGroupStateSummary, coordinatorScripts({ partition: 0, leaderEpoch: 0 })),
]

export const shareFetchScenarios = [
  ...fetches,
  ...strict,
  ...acknowledgements,
  ...renewals,
  ...coordinator,
]
