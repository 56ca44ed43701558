/** `odradek clock`: the time of a broker for development, which can stand still and go on. */
import { durationMs } from '../duration.ts'
import { declare, grouped, type Declaration } from './command.ts'
import { connectionOptions } from './connection.ts'
import { Failure } from './failure.ts'
import { ask, httpOption, type HttpFlags } from './http-api.ts'
import { boolean, object, string, type Described } from './json-schema.ts'

const time = object({ now: string, isFrozen: boolean })

type Time = Described<typeof time>

type Verb = Pick<Declaration<Time, HttpFlags>, 'name' | 'summary' | 'arguments' | 'examples'>

function timeCommand(
  verb: Verb,
  run: (flags: HttpFlags, args: readonly string[]) => Promise<Time>,
) {
  return declare<Time, HttpFlags>({
    ...verb,
    options: [httpOption, ...connectionOptions],
    output: time,
    run: ({ args, options }) => run(options, args),
    text: ({ now, isFrozen }) => `${now}${isFrozen ? '  frozen' : ''}`,
  })
}

export const clockCommand = grouped('clock', "Stop the broker's time, and move it on.", [
  timeCommand(
    {
      name: 'show',
      summary: 'Print the time of the broker.',
      examples: [['clock', 'and whether it stands still']],
    },
    flags => ask(flags, 'GET', '/v1/clock'),
  ),
  timeCommand(
    {
      name: 'freeze',
      summary: 'Stop time.',
      arguments: [['[time]', 'at which it is to stand; now, if it is not given']],
      examples: [['clock freeze 2030-01-01T00:00:00Z', 'at a time of your own']],
    },
    (flags, [at]) =>
      ask(flags, 'POST', '/v1/clock/freeze', { json: at === undefined ? {} : { at } }),
  ),
  timeCommand(
    {
      name: 'advance',
      summary: 'Move time on; what is due on the way has happened then.',
      arguments: [['<duration>', "like '2h'"]],
      examples: [['clock advance 2h', 'sessions end, records expire']],
    },
    (flags, [by = '']) => {
      if (durationMs(by) === undefined) {
        throw new Failure(`${by}: not a time like '500ms', '30s', '2h' or '7d'`, 2)
      }
      return ask(flags, 'POST', '/v1/clock/advance', { json: { by } })
    },
  ),
  timeCommand(
    {
      name: 'resume',
      summary: 'Let time pass again, from where it stands.',
      examples: [['clock resume', 'after freeze']],
    },
    flags => ask(flags, 'POST', '/v1/clock/resume'),
  ),
])
