import { chaosOf } from '../../chaos/chaos.ts'
import { scenarios, type ScenarioName } from '../../chaos/scenarios.ts'
import { anyOf, integer, listOf, object, oneOf, string } from '../../cli/json-schema.ts'
import type { Duration } from '../../duration.ts'
import { HttpError } from '../errors.ts'
import { route } from '../route.ts'
import { as } from '../schema.ts'

const names = Object.keys(scenarios) as ScenarioName[]

const run = object({
  id: integer,
  scenario: oneOf(...names),
  everyMs: integer,
  seed: integer,
  events: listOf(object({ at: integer, what: string })),
})

export const chaosRoutes = [
  route({
    method: 'GET',
    path: '/v1/chaos',
    summary: 'List scenarios of chaos, and those that run',
    access: 'read',
    answers: {
      200: {
        description: 'What each does, and what has happened.',
        schema: object({
          scenarios: listOf(object({ name: string, summary: string })),
          running: listOf(run),
        }),
      },
    },
    run: (_, { broker }) => ({
      scenarios: names.map(name => ({ name, summary: scenarios[name].summary })),
      running: chaosOf(broker()).list(),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/chaos',
    summary: 'Start a scenario',
    access: 'development',
    body: object(
      { scenario: as(string, { examples: names }) },
      {
        every: as(anyOf(integer, string), { description: "Milliseconds, or '2s'." }),
        seed: as(integer, { description: 'Decides what is hit.' }),
      },
    ),
    answers: { 201: { description: 'It runs until it is stopped.', schema: run } },
    run({ body: { scenario, every, seed } }, { broker }) {
      const options = {
        ...(every !== undefined && { every: every as Duration }),
        ...(seed !== undefined && { seed }),
      }
      return chaosOf(broker()).start(scenario, options).describe()
    },
  }),
  route({
    method: 'POST',
    path: '/v1/chaos/{id}/stop',
    summary: 'Stop a scenario',
    access: 'development',
    params: object({ id: as(integer, { minimum: 1 }) }),
    answers: { 200: { description: 'All is as it was before; this has happened.', schema: run } },
    async run({ params: { id } }, { broker }) {
      const running = chaosOf(broker()).get(id)
      if (running === undefined) {
        const hint = 'See GET /v1/chaos for those that run.'
        throw new HttpError(404, 'UNKNOWN_CHAOS', `no scenario runs as number ${id}`, hint)
      }
      await running.stop()
      return running.describe()
    },
  }),
]
