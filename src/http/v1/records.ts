import { appendRecords } from '../../admin/append.ts'
import { expectRecords, followRecords } from '../../admin/expect.ts'
import { InvalidInput } from '../../admin/invalid-input.ts'
import { checkedPosition, type Position } from '../../admin/position.ts'
import { readRecords } from '../../admin/read.ts'
import { recordFromJson, type RecordInput } from '../../admin/record-json.ts'
import { topicNamed } from '../../admin/topics.ts'
import { compileWhere } from '../../admin/where.ts'
import { anyOf, integer, listOf, object, oneOf, string } from '../../cli/json-schema.ts'
import type { Duration } from '../../duration.ts'
import { route } from '../route.ts'
import { as } from '../schema.ts'
import { eventStream, jsonList, limited } from '../streams.ts'
import {
  position,
  positionText,
  record,
  recordInput,
  records,
  timeout,
  topicName,
  topicParams,
} from './schemas.ts'

const appended = object({ topic: string, partition: integer, offset: integer, timestamp: integer })
const isolation = as(oneOf('read_committed', 'read_uncommitted'), {
  description: 'read_uncommitted shows records of open and aborted transactions as well.',
  default: 'read_committed',
})
const where = as(string, {
  description: 'Which records: a condition.',
  examples: ["value.total > 10 && headers.source == 'web'"],
})
const defaultLimit = 100

export const recordRoutes = [
  route({
    method: 'POST',
    path: '/v1/topics/{topic}/records',
    summary: 'Append a record, or an array of them',
    access: 'development',
    params: topicParams,
    body: anyOf(recordInput, listOf(recordInput)),
    checksBody: true,
    answers: {
      200: {
        description: 'Consumers can read them.',
        schema: object({ records: listOf(appended) }),
      },
    },
    async run({ params, body }, { broker }) {
      const inputs = Array.isArray(body) ? body.map(inputAt) : [recordFromJson(body)]
      return { records: await appendRecords(broker().services, params.topic, inputs) }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/topics/{topic}/records',
    summary: 'Read records, or follow them',
    access: 'records',
    params: topicParams,
    query: object(
      {},
      {
        from: positionText,
        limit: as(integer, { minimum: 1, description: `${defaultLimit} if it does not follow.` }),
        isolation,
        where,
        follow: as(oneOf('', '1', 'true', '0', 'false'), {
          description: 'Go on with what comes, as Server-Sent Events.',
        }),
      },
    ),
    answers: {
      200: { description: 'Of a partition in its order, of several by time.', schema: records },
    },
    run({ params: { topic }, query }, { broker, signal, reply }) {
      const { from = 'start', isolation: level, limit, follow = '0' } = query
      checkedPosition(from)
      const isMeant = query.where === undefined ? undefined : compileWhere(query.where)
      const options = { from: from as Position, isolation: level ?? 'read_committed' }
      if (follow === '0' || follow === 'false') {
        topicNamed(broker().services.topics, topic)
        const found = readRecords(broker().services, topic, options)
        return jsonList(reply, 'records', limited(found, limit ?? defaultLimit, isMeant))
      }
      const following = followRecords(broker().services, topic, { ...options, signal })
      return eventStream(reply, 'record', limited(following, limit ?? Infinity, isMeant))
    },
  }),
  route({
    method: 'POST',
    path: '/v1/expect',
    summary: 'Wait until records have come',
    access: 'records',
    body: object(
      { topic: topicName },
      {
        count: as(integer, { minimum: 1, default: 1 }),
        from: position,
        isolation,
        where,
        timeout,
      },
    ),
    answers: {
      200: { description: 'The first that match, as soon as all are there.', schema: records },
      408: {
        description: 'They have not come in time; `seen` are the last that came and did not match.',
        schema: object(
          { error: string, message: string, matching: listOf(record), seen: listOf(record) },
          { hint: string },
        ),
      },
    },
    async run({ body }, { broker, signal }) {
      const { topic, count, from, isolation: level } = body
      const found = await expectRecords(broker().services, topic, {
        ...(count !== undefined && { count }),
        ...(from !== undefined && { from: from as Position }),
        ...(level !== undefined && { isolation: level }),
        ...(body.where !== undefined && { where: compileWhere(body.where) }),
        timeout: body.timeout as Duration | undefined,
        signal,
      })
      return { records: found }
    },
  }),
]

/** Throws InvalidInput. */
function inputAt(json: unknown, index: number): RecordInput {
  try {
    return recordFromJson(json)
  } catch (problem) {
    if (!(problem instanceof InvalidInput)) throw problem
    throw new InvalidInput(`record ${index}: ${problem.message}`, { cause: problem })
  }
}
