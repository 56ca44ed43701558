import { Readable } from 'node:stream'
import { anyOf, integer, listOf, object, string } from '../../cli/json-schema.ts'
import { exportLines } from '../../seeds/export.ts'
import { importEntries } from '../../seeds/import.ts'
import { entriesOfLines } from '../../seeds/lines.ts'
import { route } from '../route.ts'
import { as } from '../schema.ts'

/** A JSON object on each line. */
const lines = 'application/x-ndjson'

const imported = object({
  topics: integer,
  records: integer,
  groups: integer,
  users: integer,
  faults: integer,
  keptTopics: as(listOf(string), { description: 'They were there; records were appended.' }),
})

export const transferRoutes = [
  route({
    method: 'GET',
    path: '/v1/export',
    summary: 'Export topics, records and groups, a line of JSON for each',
    access: 'records',
    query: object(
      {},
      {
        topic: as(anyOf(string, listOf(string)), {
          description: 'May be repeated; all topics if it is not given.',
        }),
      },
    ),
    answers: { 200: { description: 'In the form of seeds.', type: lines } },
    run({ query: { topic } }, { broker, reply }) {
      const names = typeof topic === 'string' ? [topic] : topic
      void reply.type(lines)
      return Readable.from(exportLines(broker().services, names))
    },
  }),
  route({
    method: 'POST',
    path: '/v1/import',
    summary: 'Import what was exported, or a seed',
    access: 'development',
    bodyType: lines,
    answers: { 200: { description: 'It is durable.', schema: imported } },
    run: ({ body }, { broker }) =>
      importEntries(broker().services, entriesOfLines('line', body as AsyncIterable<Uint8Array>), {
        keepsTopics: false,
      }),
  }),
]
