/** `odradek chaos`: scenarios in which things go wrong, on an Odradek for development. */
import { InvalidArgumentError, Option } from 'commander'
import { scenarios } from '../chaos/scenarios.ts'
import { waitingClock } from '../clock.ts'
import { durationMs } from '../duration.ts'
import { declare, grouped } from './command.ts'
import { connectionOptions } from './connection.ts'
import { Failure } from './failure.ts'
import { ask, httpOption, type HttpFlags } from './http-api.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, listOf, object, string, type Described } from './json-schema.ts'
import { wholeNumber } from './option-values.ts'

const run = object({
  id: integer,
  scenario: string,
  everyMs: integer,
  seed: integer,
  events: listOf(object({ at: integer, what: string })),
})

type Run = Described<typeof run>

const overview = object({
  scenarios: listOf(object({ name: string, summary: string })),
  running: listOf(run),
})

const listCommand = declare<Described<typeof overview>, HttpFlags>({
  name: 'list',
  summary: 'List scenarios, and those that run.',
  options: [httpOption, ...connectionOptions],
  examples: [['chaos', 'what there is, and what happens']],
  output: overview,
  run: ({ options }) => ask(options, 'GET', '/v1/chaos'),
  text: ({ scenarios: all, running }, { table }) => {
    const parts = [
      table(
        ['SCENARIO', 'WHAT IT DOES'],
        all.map(({ name, summary }) => [name, summary]),
      ),
    ]
    if (running.length > 0) {
      parts.push(
        table(
          ['ID', 'RUNS', 'EVERY MS', 'SEED', 'EVENTS'],
          running.map(each => [
            each.id,
            each.scenario,
            each.everyMs,
            each.seed,
            each.events.length,
          ]),
        ),
      )
    }
    return parts.join('\n\n')
  },
})

interface StartFlags extends HttpFlags {
  every?: string
  seed?: number
  for?: number
}

/** One for each scenario, so that its name is all that is typed. */
const startCommands = Object.entries(scenarios).map(([name, { summary }]) =>
  declare<Run, StartFlags>({
    name,
    summary: `Chaos that ${summary}.`,
    options: [
      new Option('--every <duration>', "How often, like '2s'."),
      new Option('--seed <number>', 'Decides what is hit.').argParser(wholeNumber(0)),
      new Option('--for <duration>', 'Stop after so long; else it runs on.').argParser(readTime),
      httpOption,
      ...connectionOptions,
    ],
    examples: [[`chaos ${name} --every 2s --for 1m`, 'for a minute']],
    output: run,
    async run({ options }) {
      const { every, seed, for: forMs } = options
      const started = await ask<Run>(options, 'POST', '/v1/chaos', {
        json: { scenario: name, every, seed },
      })
      if (forMs === undefined) return started
      const stop = (): Promise<Run> => ask(options, 'POST', `/v1/chaos/${started.id}/stop`)
      const forget = onInterrupt(stop)
      await new Promise<void>(resolve => waitingClock.after(forMs, resolve))
      forget()
      return stop()
    },
    text: ({ events }) => (events.length === 0 ? undefined : eventsText(events)),
    said: ({ id }) => `chaos ${id}: ${name}; 'odradek chaos stop ${id}' ends it if it still runs`,
  }),
)

function eventsText(events: Run['events']): string {
  return events.map(({ at, what }) => `${new Date(at).toISOString()}  ${what}`).join('\n')
}

function readTime(text: string): number {
  const ms = durationMs(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError("It is not a time like '500ms', '30s' or '2m'.")
}

const stopped = object({ stopped: listOf(run) })

const stopCommand = declare<Described<typeof stopped>, HttpFlags>({
  name: 'stop',
  summary: 'Stop scenarios; all that run, if none is named.',
  arguments: [['[id...]', 'their numbers']],
  options: [httpOption, ...connectionOptions],
  examples: [['chaos stop', 'all is as it was before']],
  output: stopped,
  async run({ args, options }) {
    const strange = args.find(id => !/^\d{1,15}$/.test(id))
    if (strange !== undefined) throw new Failure(`${strange}: not the number of a scenario`, 2)
    const { running } = await ask<Described<typeof overview>>(options, 'GET', '/v1/chaos')
    const runs: Run[] = []
    for (const id of args.length > 0 ? args : running.map(each => each.id)) {
      runs.push(await ask(options, 'POST', `/v1/chaos/${id}/stop`))
    }
    return { stopped: runs }
  },
  text: ({ stopped: runs }) => {
    const events = runs.flatMap(each => each.events)
    return events.length === 0 ? undefined : eventsText(events)
  },
  said: ({ stopped: runs }) => `stopped ${runs.map(each => each.scenario).join(', ') || 'nothing'}`,
})

export const chaosCommand = grouped('chaos', 'Scenarios in which things go wrong.', [
  listCommand,
  ...startCommands,
  stopCommand,
])
