/** The acknowledgements of a request of either API (Kafka: KafkaApis.handleAcknowledgements). */
import { errors, KafkaError } from '../../protocol/errors.ts'
import { splitAllowed } from '../auth/checks.ts'
import type { Rule } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import type { Context } from '../handler.ts'
import { leaderHint, noHint, type LeaderHint } from '../leader-hints.ts'
import { acknowledgeTypes, type AcknowledgementBatch } from './acknowledge.ts'
import { areValid } from './acknowledgement-batches.ts'
import type { AskedPartition } from './share-sessions.ts'

/** The first version that knows renewals (KIP-1222), of both APIs. */
const renewSince = 2

export interface AcknowledgeRequest {
  groupId: string
  memberId: string
  isRenewal: boolean
  /** What the client must be allowed to do to each topic. */
  topicRule: Rule
  topics: readonly {
    topicId: string
    partitions: readonly {
      partitionIndex: number
      acknowledgementBatches: readonly AcknowledgementBatch[]
    }[]
  }[]
}

export interface Acknowledged extends AskedPartition {
  errorCode: number
  errorMessage: string | null
  currentLeader: LeaderHint
}

interface Asked extends AskedPartition {
  batches: readonly AcknowledgementBatch[]
}

/** What is decided is so before the first await; all of it is stored when this resolves. */
export async function acknowledgeAll(
  request: AcknowledgeRequest,
  context: Context,
): Promise<Acknowledged[]> {
  const all = request.topics.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex: partition, acknowledgementBatches: batches }): Asked => {
      return { topicId, partition, batches }
    }),
  )
  const nameOf = ({ topicId }: Asked) => context.topics.getById(topicId)?.name
  const denied = new Set(splitAllowed(context, request.topicRule, all, nameOf).denied)
  const asked = all.map(each => {
    return { each, refused: refusalOf(each, denied.has(each), request, context) }
  })
  // Kafka names those of which nothing is said only along with others.
  const isSaid = asked.some(({ each, refused }) => each.batches.length > 0 && refused === undefined)
  const told = asked.filter(({ each, refused }) => {
    return isSaid || each.batches.length > 0 || refused !== undefined
  })
  return Promise.all(
    told.map(async ({ each, refused }) => {
      const { topicId, partition } = each
      if (refused === undefined) return acknowledgeOne(each, request, context)
      const answer = { errorCode: refused.code, errorMessage: null, currentLeader: noLeader }
      return { topicId, partition, ...answer }
    }),
  )
}

/** Why nobody need look at the records, if that is so. */
function refusalOf(
  { topicId, partition, batches }: Asked,
  isDenied: boolean,
  { isRenewal }: AcknowledgeRequest,
  { topics, version }: Context,
): KafkaError | undefined {
  const topic = topics.getById(topicId)
  if (topic === undefined) return new KafkaError('UNKNOWN_TOPIC_ID')
  const lastType = version < renewSince ? acknowledgeTypes.reject : acknowledgeTypes.renew
  if (!areValid(batches, { lastType, isRenewal })) return new KafkaError('INVALID_REQUEST')
  if (isDenied) return new KafkaError('TOPIC_AUTHORIZATION_FAILED')
  const isKnown = topic.partitions[partition] !== undefined
  return isKnown ? undefined : new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
}

async function acknowledgeOne(
  { topicId, partition, batches }: Asked,
  { groupId, memberId }: AcknowledgeRequest,
  { sharePartitions, nodeId, logger }: Context,
): Promise<Acknowledged> {
  const share = sharePartitions.get({ groupId, topicId, partition })
  try {
    if (batches.length > 0) {
      const isHere = share?.partition.leader === nodeId
      if (!isHere) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      await share.acknowledge(memberId, batches)
    }
    const fine = { errorCode: errors.NONE, errorMessage: null, currentLeader: noLeader }
    return { topicId, partition, ...fine }
  } catch (error) {
    const errorCode = errorCodeOf(error, logger, { api: 'ShareAcknowledge', topicId, partition })
    const errorMessage = error instanceof KafkaError ? error.message : null
    return {
      topicId,
      partition,
      errorCode,
      errorMessage,
      currentLeader: leaderOf(errorCode, share),
    }
  }
}

/** Kafka's default, where another node is no better. */
export const noLeader: LeaderHint = { leaderId: 0, leaderEpoch: 0 }

/** Whom to ask instead, where that is what the error means. */
export function leaderOf(
  errorCode: number,
  of: { partition: Parameters<typeof leaderHint>[1] } | undefined,
): LeaderHint {
  const hint = leaderHint(errorCode, of?.partition)
  return hint === noHint ? noLeader : hint
}
