import { Readable } from 'node:stream'
import { route } from '../route.ts'

const bytes = 'application/octet-stream'

export const copyRoutes = [
  route({
    method: 'POST',
    path: '/v1/reset',
    summary: 'Forget all topics, groups, transactions and faults',
    access: 'development',
    answers: {
      204: { description: 'Clients stay connected, and find nothing of what they knew.' },
    },
    run: (_, { broker }) => broker().copies.reset(),
  }),
  route({
    method: 'POST',
    path: '/v1/snapshot',
    summary: 'Take a snapshot of all that the broker knows',
    access: 'development',
    answers: { 200: { description: 'A file for POST /v1/restore.', type: bytes } },
    async run(_, { broker, reply }) {
      const chunks = await broker().copies.snapshot()
      void reply.type(bytes)
      return Readable.from(chunks, { objectMode: false })
    },
  }),
  route({
    method: 'POST',
    path: '/v1/restore',
    summary: 'Put a snapshot in the place of all that the broker knows',
    access: 'development',
    bodyType: bytes,
    answers: { 204: { description: 'Clients stay connected, and find what the snapshot has.' } },
    run: ({ body }, { broker }) => broker().copies.restore(body as AsyncIterable<Buffer>),
  }),
]
