/** APIs that may answer one topic with an error and serve the others, and where those are. */
import type { NamedTopic } from '../request-facts.ts'
import type { Match } from './match.ts'
import type { Effect } from './spec.ts'

export interface DivisibleApi {
  /** The topics of a request. */
  readonly request: string
  /** Those of an answer. */
  readonly response: string
  /** Clients expect errors of topics and partitions there, and nowhere else, even if all fail. */
  readonly onlyThere?: boolean
  /** All of it is served, since it does no harm, and its request says what has changed only. */
  readonly isServed?: boolean
}

export const divisibleApis: Readonly<Record<string, DivisibleApi>> = {
  Produce: { request: 'topicData', response: 'responses' },
  Fetch: { request: 'topics', response: 'responses', onlyThere: true, isServed: true },
  ListOffsets: { request: 'topics', response: 'topics' },
  Metadata: { request: 'topics', response: 'topics', onlyThere: true },
  OffsetCommit: { request: 'topics', response: 'topics' },
  TxnOffsetCommit: { request: 'topics', response: 'topics' },
  CreateTopics: { request: 'topics', response: 'topics' },
  CreatePartitions: { request: 'topics', response: 'results' },
  DeleteRecords: { request: 'topics', response: 'topics' },
  OffsetForLeaderEpoch: { request: 'topics', response: 'topics' },
  DescribeProducers: { request: 'topics', response: 'topics' },
}

/** Errors of such an API that are not of a topic: the whole answer tells them. */
const wholeErrors: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'FETCH_SESSION_ID_NOT_FOUND',
  'FETCH_SESSION_TOPIC_ID_ERROR',
  'INVALID_FETCH_SESSION_EPOCH',
  'REBOOTSTRAP_REQUIRED',
])

/** The topics that get the error; undefined: the whole request does, or something else happens. */
export function topicsHit(
  effect: Effect,
  { topics, isWhole }: Match,
  api: string,
): readonly NamedTopic[] | undefined {
  const divisible = divisibleApis[api]
  if (divisible === undefined || effect.kind !== 'error') return undefined
  if (divisible.onlyThere) return wholeErrors.has(effect.error) ? undefined : topics
  return isWhole ? undefined : topics
}
