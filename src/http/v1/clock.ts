import type { Duration } from '../../duration.ts'
import { anyOf, boolean, integer, object, string } from '../../cli/json-schema.ts'
import type { Services } from '../../handler.ts'
import { BrokerClock } from '../../in-process/broker-clock.ts'
import { MovableClock } from '../../movable-clock.ts'
import { route } from '../route.ts'
import { as } from '../schema.ts'

const time = object({
  now: as(string, { format: 'date-time' }),
  isFrozen: boolean,
})
const answers = { 200: { description: 'The time of the broker.', schema: time } }

export const clockRoutes = [
  route({
    method: 'GET',
    path: '/v1/clock',
    summary: 'Tell the time of the broker',
    access: 'read',
    answers,
    run(_, { broker }) {
      const { clock } = broker().services
      const isFrozen = clock instanceof MovableClock && clock.isFrozen
      return { now: new Date(clock.now()), isFrozen }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/clock/freeze',
    summary: 'Stop time',
    access: 'development',
    body: object(
      {},
      {
        at: as(anyOf(integer, string), {
          description: 'ISO 8601, or milliseconds since 1970; now if it is not given.',
        }),
      },
    ),
    answers,
    run: ({ body }, { broker }) => {
      const clock = clockOf(broker().services)
      clock.freeze(body.at)
      return told(clock)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/clock/advance',
    summary: 'Move time on; what is due on the way has happened then',
    access: 'development',
    body: object({
      by: as(anyOf(integer, string), { description: "Milliseconds, or '2h'.", examples: ['2h'] }),
    }),
    answers,
    async run({ body }, { broker }) {
      const clock = clockOf(broker().services)
      await clock.advance(body.by as Duration)
      return told(clock)
    },
  }),
  route({
    method: 'POST',
    path: '/v1/clock/resume',
    summary: 'Let time pass again, from where it stands',
    access: 'development',
    answers,
    run(_, { broker }) {
      const clock = clockOf(broker().services)
      clock.resume()
      return told(clock)
    },
  }),
]

/** Of brokers for development, time can be moved. */
function clockOf({ clock }: Services): BrokerClock {
  if (clock instanceof MovableClock) return new BrokerClock(clock)
  throw new Error('the clock of this broker cannot be moved')
}

function told(clock: BrokerClock): object {
  return { now: clock.now(), isFrozen: clock.isFrozen }
}
