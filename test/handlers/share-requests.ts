/** ShareFetch and ShareAcknowledge of one consumer, in few words. */
import { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { errorName, type ErrorName } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { initialize, newShare } from './share-states.ts'
import { latest, named, settle, uniqueName, type TestTopic, type Wire } from './wire.ts'

export type FetchFields = Partial<Omit<Input<typeof shareFetch.request>, 'topics'>>
export type Fetched = Infer<typeof shareFetch.response>
type Acknowledge = Input<typeof shareAcknowledge.request>

/** First and last offset, and what is said of them: one type for all, or one for each. */
export type Batch = readonly [firstOffset: number, lastOffset: number, ...types: number[]]

/** First and last offset, and how often they were delivered. */
export type Range = [firstOffset: number, lastOffset: number, deliveryCount: number]

/** What an answer says of a partition. */
export interface Told {
  error: ErrorName
  acknowledgeError: ErrorName
  acquired: Range[]
  records: Buffer
}

const limits = {
  maxWaitMs: 200,
  minBytes: 1,
  maxBytes: 1_000_000,
  maxRecords: 500,
  batchSize: 500,
}

/** A topic with a group that begins at its start. */
export async function newGroup(
  wire: Pick<Wire, 'client' | 'newTopic'>,
  { partitions = 1, uninitialized = 0, startOffset = 0 } = {},
): Promise<{ groupId: string; topic: TestTopic }> {
  const topic = await wire.newTopic({ partitions: partitions + uninitialized })
  const { groupId } = await newShare(wire, topic)
  for (let partition = 0; partition < partitions; partition++) {
    const share = { groupId, topicId: topic.id, partition }
    const { error } = await initialize(wire.client, share, { startOffset })
    if (error !== 'NONE') throw new Error(error)
  }
  const group = { groupId, topic }
  // Apache Kafka reads the state after a first request; where to begin must not be known by then.
  if (startOffset >= 0) await settle(() => isLoaded(wire.client, group, partitions))
  return group
}

/** Partitions without records that can be fetched from are in the first answer of a session. */
async function isLoaded(
  client: RawClient,
  group: { groupId: string; topic: TestTopic },
  partitions: number,
): Promise<boolean> {
  const nobody = new ShareConsumer(client, group)
  const said = Object.fromEntries(Array.from({ length: partitions }, (_, i) => [i, []]))
  const told = await nobody.fetch(said, { maxWaitMs: 10 })
  return told.size === partitions && [...told.values()].every(({ error }) => error === 'NONE')
}

/** A consumer that has the epochs right, unless it is told otherwise. */
export class ShareConsumer {
  readonly memberId = uniqueName().slice(-36)
  epoch = 0
  readonly #client: RawClient
  readonly #groupId: string
  readonly #topicId: string

  constructor(client: RawClient, { groupId, topic }: { groupId: string; topic: TestTopic }) {
    this.#client = client
    this.#groupId = groupId
    this.#topicId = topic.id
  }

  /** The whole answer. `said` is by partition. */
  async request(
    said: Readonly<Record<number, readonly Batch[]>>,
    fields: FetchFields = {},
    version = latest(shareFetch),
  ): Promise<Fetched> {
    const partitions = Object.entries(said).map(([index, batches]) => ({
      partitionIndex: Number(index),
      acknowledgementBatches: batches.map(batchOf),
    }))
    const shareSessionEpoch = this.epoch++
    const answer = await this.#client.request(shareFetch, version, {
      groupId: this.#groupId,
      memberId: this.memberId,
      shareSessionEpoch,
      ...limits,
      topics: partitions.length === 0 ? [] : [{ topicId: this.#topicId, partitions }],
      forgottenTopicsData: [],
      ...fields,
    })
    if (answer.errorCode !== 0) this.epoch = shareSessionEpoch
    return answer
  }

  /** What is told of each partition. */
  async fetch(
    said: Readonly<Record<number, readonly Batch[]>>,
    fields: FetchFields = {},
    version = latest(shareFetch),
  ): Promise<Map<number, Told>> {
    const answer = await this.request(said, fields, version)
    if (answer.errorCode !== 0) throw new Error(errorName(answer.errorCode))
    const partitions = answer.responses.flatMap(topic => topic.partitions)
    return new Map(partitions.map(each => [each.partitionIndex, toldOf(each)]))
  }

  /** What was acquired of partition 0; waits for it as long as the test may run. */
  async acquire(fields: FetchFields = {}): Promise<Range[]> {
    for (;;) {
      const acquired = await this.acquireNow({ maxWaitMs: 200, ...fields })
      if (acquired.length > 0) return acquired
    }
  }

  /** The same, if there is anything. */
  async acquireNow(fields: FetchFields = {}): Promise<Range[]> {
    const told = await this.fetch(this.epoch === 0 ? { 0: [] } : {}, { maxWaitMs: 0, ...fields })
    return told.get(0)?.acquired ?? []
  }

  /** What is told of partition 0, or of the request. */
  async acknowledge(
    batches: readonly Batch[],
    {
      version = latest(shareAcknowledge),
      ...fields
    }: Partial<Acknowledge> & {
      version?: number
    } = {},
  ): Promise<ErrorName | undefined> {
    const shareSessionEpoch = this.epoch++
    const acknowledgementBatches = batches.map(batchOf)
    const answer = await this.#client.request(shareAcknowledge, version, {
      groupId: this.#groupId,
      memberId: this.memberId,
      shareSessionEpoch,
      topics: [
        {
          topicId: this.#topicId,
          partitions: [{ partitionIndex: 0, acknowledgementBatches }],
        },
      ],
      ...fields,
    })
    if (answer.errorCode !== 0) {
      this.epoch = shareSessionEpoch
      return errorName(answer.errorCode)
    }
    const told = answer.responses[0]?.partitions[0]
    return told && named(told).error
  }
}

function batchOf([firstOffset, lastOffset, ...acknowledgeTypes]: Batch) {
  return { firstOffset, lastOffset, acknowledgeTypes }
}

function toldOf(told: Fetched['responses'][number]['partitions'][number]): Told {
  const { errorCode, acknowledgeErrorCode, acquiredRecords, records } = told
  return {
    error: errorName(errorCode),
    acknowledgeError: errorName(acknowledgeErrorCode),
    acquired: acquiredRecords.map(({ firstOffset, lastOffset, deliveryCount }) => {
      return [firstOffset, lastOffset, deliveryCount]
    }),
    records: Buffer.concat([...(records ?? [])]),
  }
}
