/** What several routes speak of. */
import { boolean, integer, listOf, nullable, object, string } from '../../cli/json-schema.ts'
import { as, anything, mapOf } from '../schema.ts'

const name = as(string, { minLength: 1, maxLength: 249 })
const group = as(string, { minLength: 1 })

export const topicParams = object({ topic: as(name, { description: 'The name of a topic.' }) })
export const groupParams = object({ group: as(group, { description: 'The id of a group.' }) })

export const config = as(anything, { type: ['string', 'number', 'boolean'] })
export const configs = as(mapOf(config), {
  description: "Topic configs by Kafka's names.",
  examples: [{ 'retention.ms': 60_000 }],
})

export const topicName = as(name, { examples: ['orders'] })

const payload = as(anything, {
  description:
    'Text as it is, null for none, other JSON as JSON text, {"$base64": "…"} for bytes that are' +
    ' no text.',
})

export const recordInput = object(
  { value: payload },
  {
    key: payload,
    headers: as(anything, {
      type: ['object', 'array', 'null'],
      description: 'By name; repeated ones as an array of values, or all as pairs.',
    }),
    partition: as(nullable(integer), { description: 'By the key if it is not given.' }),
    timestamp: as(anything, {
      type: ['string', 'integer', 'null'],
      description: 'ISO 8601 with its zone, or milliseconds since 1970; now if it is not given.',
    }),
    topic: as(string, { description: 'Ignored, so that what was read can be sent again.' }),
    offset: as(integer, { description: 'Ignored: the log gives its own.' }),
  },
)

export const record = object(
  {
    topic: string,
    partition: integer,
    offset: integer,
    timestamp: as(anything, { type: ['string', 'integer'] }),
    key: payload,
    value: payload,
  },
  { headers: as(anything, { type: ['object', 'array'] }) },
)

export const records = object({ records: listOf(record) })

const positionForms = 'start, end, an offset, -10 for the last ten, @2026-11-21T10:00:00Z'

export const positionText = as(string, {
  description: `${positionForms}, or a place for each partition: 0=42,1=end.`,
  default: 'start',
})

export const position = as(anything, {
  type: ['string', 'integer', 'object'],
  description: `${positionForms}, or an object with a place for each partition: {"orders/0": 42}.`,
})

export const timeout = as(anything, {
  type: ['string', 'integer'],
  description: "Milliseconds, or '10s'; 4000 if it is not given.",
})

export const error = object({ error: string, message: string }, { hint: string })

export const topic = object({
  topic: string,
  id: string,
  partitions: integer,
  records: integer,
  isInternal: boolean,
})

const partition = object(
  {
    partition: integer,
    leader: integer,
    replicas: listOf(integer),
    inSync: listOf(integer),
    startOffset: integer,
    endOffset: integer,
    stableOffset: integer,
    sizeBytes: integer,
  },
  { offline: string },
)

export const describedTopic = object({
  topic: string,
  id: string,
  isInternal: boolean,
  configs: mapOf(string),
  partitions: listOf(partition),
})
