/** An answer that has an error for some of the topics, and serves the others. */
import { errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Context, Handler } from '../handler.ts'
import { namedTopic, partitionIndex, partitionsKey, type NamedTopic } from '../request-facts.ts'
import { divisibleApis, type DivisibleApi } from './divisible-apis.ts'

type Struct = Readonly<Record<string, unknown>>

export interface Refusal {
  readonly error: ErrorName
  readonly topics: readonly NamedTopic[]
  /** The topics are served all the same: only their answer is lost. */
  readonly isAfterApply: boolean
}

/**
 * Runs the request without the topics that are refused, or all of it where that does no harm, and
 * puts the error into the answer. Undefined: no answer. Throws the error where nothing is left.
 */
export async function dividedAnswer(
  handler: Handler,
  request: unknown,
  refusal: Refusal,
  context: Context,
): Promise<unknown> {
  const divisible = divisibleApis[handler.api.name]!
  const asked = request as Struct
  const named = asked[divisible.request]
  const rest = listOf(named).flatMap(topic => part(topic, refusal.topics, false))
  const refused = refusedTopics(handler, asked, refusal, context)
  const isServed = divisible.isServed || refusal.isAfterApply || meansAll(named, rest, context)
  if (rest.length === 0 && !isServed && !divisible.onlyThere) throw new KafkaError(refusal.error)
  // Whoever has an error to tell does not wait for records.
  const served = isServed ? { ...asked, ...atOnce(asked) } : { ...asked, [divisible.request]: rest }
  const answer = await handler.run(served, context)
  return replaced(answer, refused, refusal.topics, divisible)
}

/** In Metadata, all topics are asked for by naming none: in version 0, by an empty list. */
function meansAll(named: unknown, rest: readonly unknown[], { version }: Context): boolean {
  return named === null || (version === 0 && rest.length === 0)
}

const atOnce = (request: Struct): Struct => ('maxWaitMs' in request ? { maxWaitMs: 0 } : {})

/** Fetch names partitions with an error up to this version; since then, it has none. */
const fetchRefusesUpTo = 12

/** As the API refuses them; of topics that the request has not named, in its own way. */
function refusedTopics(
  handler: Handler,
  request: Struct,
  { error, topics }: Refusal,
  { version }: Context,
): () => readonly Struct[] {
  const { request: requestKey, response } = divisibleApis[handler.api.name]!
  const asked = listOf(request[requestKey])
  const only =
    handler.api.name !== 'Fetch' && asked.length > 0
      ? asked.flatMap(topic => part(topic, topics, true))
      : topics.map(({ name, topicId = zeroUuid, partitions = [] }) => {
          const indexes = partitions.map(partition => ({ partition }))
          return { name, topic: name, topicId, partitions: indexes }
        })
  const as = handler.api.name === 'Fetch' ? Math.min(version, fetchRefusesUpTo) : version
  return () => {
    const refused = handler.fail(
      errors[error],
      { ...request, [requestKey]: only },
      as,
      handler.api,
      null,
    )
    return (refused as Record<string, readonly Struct[]>)[response] ?? []
  }
}

/** With the refused topics, in place of what it says of them. */
function replaced(
  answer: unknown,
  refused: () => readonly Struct[],
  without: readonly NamedTopic[],
  { response }: DivisibleApi,
): unknown {
  const entries = refused()
  if (answer === undefined) return undefined
  const told = (answer as Record<string, readonly Struct[]>)[response] ?? []
  const kept = told.flatMap(topic => part(topic, without, false))
  return { ...(answer as Struct), [response]: united(kept, entries) }
}

/** Clients may look for a topic's partitions in one place. */
function united(kept: readonly Struct[], refused: readonly Struct[]): Struct[] {
  const topics = [...kept]
  for (const topic of refused) {
    const key = partitionsKey(topic)
    const place = topics.findIndex(other => isSame(namedTopic(other), namedTopic(topic)))
    if (place < 0 || key === undefined) topics.push(topic)
    else
      topics[place] = { ...topic, [key]: [...listOf(topics[place]![key]), ...listOf(topic[key])] }
  }
  return topics
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** What is left of a topic in a message: the partitions that are refused, or the other ones. */
function part(topic: unknown, refused: readonly NamedTopic[], isRefused: boolean): Struct[] {
  const element = topic as Struct
  const found = refused.find(other => isSame(other, namedTopic(element)))
  const key = partitionsKey(element)
  if (found?.partitions === undefined || key === undefined) {
    return (found !== undefined) === isRefused ? [element] : []
  }
  const indexes = new Set(found.partitions)
  const left = listOf(element[key]).filter(each => indexes.has(partitionIndex(each)) === isRefused)
  return left.length > 0 ? [{ ...element, [key]: left }] : []
}

function isSame(a: NamedTopic, b: NamedTopic): boolean {
  if (a.topicId !== undefined && b.topicId !== undefined) return a.topicId === b.topicId
  return a.name === b.name && a.name !== ''
}
