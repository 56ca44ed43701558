import { InvalidInput } from '../../admin/invalid-input.ts'
import { anyOf, boolean, integer, listOf, object, oneOf, string } from '../../cli/json-schema.ts'
import type { ArmedFault } from '../../faults/armed-fault.ts'
import { actions } from '../../faults/spec.ts'
import type { Services } from '../../handler.ts'
import { HttpError } from '../errors.ts'
import { route } from '../route.ts'
import { anything, as } from '../schema.ts'

const pattern = as(string, { description: '* stands for any characters.' })
const duration = as(anyOf(integer, string), { description: "Milliseconds, or '300ms'." })

const spec = as(
  object(
    {},
    {
      api: as(anyOf(string, listOf(string)), { description: "Kafka's name, or several." }),
      topic: pattern,
      partition: integer,
      group: pattern,
      client: pattern,
      transactionalId: pattern,
      node: integer,
      version: as(anyOf(integer, string), { description: "9, '9+' or '4-8'." }),
      action: oneOf(...actions),
      error: as(string, { description: "Kafka's name of the error that is answered." }),
      delay: duration,
      throttle: duration,
      sequence: as(listOf(string), { description: "'ok', an error, or an action, in turns." }),
      after: as(oneOf('apply'), { description: 'The request is done first.' }),
      times: as(anything, { type: ['integer', 'string', 'null'], default: 1 }),
      probability: as(anything, { type: 'number', exclusiveMinimum: 0, maximum: 1 }),
      seed: integer,
      optional: as(boolean, { description: 'May stay without a hit.' }),
      force: as(boolean, { description: 'Takes an error that the API never answers.' }),
    },
  ),
  {
    description: 'When a request is like this, then that happens to it, so many times.',
    examples: [{ api: 'Produce', topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER', times: 2 }],
  },
)

const hit = object({ api: string, version: integer, client: string, at: integer })

const fault = object({
  id: integer,
  spec,
  hits: listOf(hit),
  left: as(anything, { type: ['integer', 'string'], description: "Requests; 'always': no end." }),
})

const params = object({ id: as(integer, { minimum: 1 }) })

export const faultRoutes = [
  route({
    method: 'GET',
    path: '/v1/faults',
    summary: 'List faults, with what they have hit',
    access: 'read',
    answers: {
      200: {
        description: 'In the order in which they were added.',
        schema: object({ faults: listOf(fault) }),
      },
    },
    run: (_, { broker }) => ({ faults: broker().services.faults.list() }),
  }),
  route({
    method: 'POST',
    path: '/v1/faults',
    summary: 'Have requests fail, wait or get lost',
    access: 'development',
    body: spec,
    checksBody: true,
    answers: { 201: { description: 'For requests that come from now on.', schema: fault } },
    run({ body }, { broker }) {
      if (body === undefined) throw new InvalidInput('the body has to be a fault')
      return broker().services.faults.add(body).describe()
    },
  }),
  route({
    method: 'POST',
    path: '/v1/faults/reset',
    summary: 'Remove all faults',
    access: 'development',
    answers: { 204: { description: 'What one has held back goes on.' } },
    run: (_, { broker }) => broker().services.faults.clear(),
  }),
  route({
    method: 'GET',
    path: '/v1/faults/{id}',
    summary: 'Tell of a fault',
    access: 'read',
    params,
    answers: { 200: { description: 'With what it has hit.', schema: fault } },
    run: ({ params: { id } }, { broker }) => faultWith(broker().services, id).describe(),
  }),
  route({
    method: 'DELETE',
    path: '/v1/faults/{id}',
    summary: 'Remove a fault',
    access: 'development',
    params,
    answers: { 204: { description: 'It hits nothing more.' } },
    run: ({ params: { id } }, { broker }) => faultWith(broker().services, id).remove(),
  }),
]

/** Throws an HttpError. */
function faultWith({ faults }: Services, id: number): ArmedFault {
  const found = faults.get(id)
  if (found !== undefined) return found
  const hint = 'See GET /v1/faults for those that there are.'
  throw new HttpError(404, 'UNKNOWN_FAULT', `there is no fault ${id}`, hint)
}
