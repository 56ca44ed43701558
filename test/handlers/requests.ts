/** Produce and Fetch in few words. */
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named, type Named, type TestTopic } from './wire.ts'

export type ProduceAnswer = Named<
  Infer<typeof produce.response>['responses'][number]['partitionResponses'][number]
>

export interface ProduceOptions {
  version?: number
  acks?: number
  partition?: number
  transactionalId?: string | null
}

type ProduceRequest = Input<typeof produce.request>
type PartitionData = ProduceRequest['topicData'][number]['partitionData'][number]

/** A Produce request for one topic. */
export function produceRequest(
  { name, id }: TestTopic,
  partitionData: readonly PartitionData[],
  fields: Partial<ProduceRequest> = {},
): ProduceRequest {
  const topicData = [{ name, topicId: id, partitionData }]
  return { acks: -1, timeoutMs: 30_000, topicData, ...fields }
}

/** Produces to one partition, and says what the answer says of it. */
export async function produceTo(
  client: RawClient,
  topic: TestTopic,
  records: Buffer | null,
  { version = latest(produce), partition = 0, ...fields }: ProduceOptions = {},
): Promise<ProduceAnswer> {
  const request = produceRequest(topic, [{ index: partition, records }], fields)
  const { responses } = await client.request(produce, version, request)
  return named(responses[0]!.partitionResponses[0]!)
}

export type FetchRequest = Input<typeof fetch.request>
type FetchPartition = FetchRequest['topics'][number]['partitions'][number]
type FetchResponse = Infer<typeof fetch.response>
export type FetchAnswer = Named<FetchResponse['responses'][number]['partitions'][number]>

/** A Fetch request for one topic that answers at once, unless it is told otherwise. */
export function fetchRequest(
  { name, id }: TestTopic,
  partitions: readonly Partial<FetchPartition>[],
  fields: Partial<FetchRequest> = {},
): FetchRequest {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    isolationLevel: 0,
    topics: [
      {
        topic: name,
        topicId: id,
        partitions: partitions.map(fields => {
          return { partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...fields }
        }),
      },
    ],
    forgottenTopicsData: [],
    ...fields,
  }
}

/** Fetches from one partition, and says what the answer says of it. */
export async function fetchFrom(
  client: RawClient,
  topic: TestTopic,
  partition: Partial<FetchPartition> = {},
  { version = latest(fetch), ...fields }: Partial<FetchRequest> & { version?: number } = {},
): Promise<FetchAnswer> {
  const request = fetchRequest(topic, [partition], fields)
  const response = await client.request(fetch, version, request)
  if (response.responses.length === 0) throw new Error(`no answer: ${JSON.stringify(response)}`)
  return named(response.responses[0]!.partitions[0]!)
}
