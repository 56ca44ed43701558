/** `odradek wait`: for scripts that must not go on too early. */
import { InvalidArgumentError, Option } from 'commander'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { AuthenticationFailure, ConnectFailure } from '../client/failures.ts'
import type { Client } from '../client/client.ts'
import { waitingClock } from '../clock.ts'
import { durationMs } from '../duration.ts'
import { declare, grouped, type Declaration, type DeclaredCommand } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { describeGroup, meantGroups, totalLag } from './groups.ts'
import { integer, object, string, type Described } from './json-schema.ts'
import { wholeNumber } from './option-values.ts'
import { offsetsOf, readTopics } from './topics.ts'

const waited = object({ waitedFor: string, waitedMs: integer })

type Waited = Described<typeof waited>

interface WaitFlags extends ConnectionFlags {
  timeout: number
}

const timeoutOption = new Option('--timeout <duration>', "How long at most, like '500ms' or '2m'.")
  .argParser(readDuration)
  .default(30_000, '30s')

/** Commands give up by then, and are asked again as often. */
const lookEveryMs = 100

/** Undefined when it is as it should be; else why it is not, for people. */
type Look = (client: Client) => Promise<string | undefined>

/** Declares a command that ends when `look` finds what it waits for. */
function waiting<Flags extends WaitFlags>(
  declaration: Pick<Declaration<Waited, Flags>, 'name' | 'summary' | 'arguments' | 'examples'> & {
    options?: readonly Option[]
    /** What is waited for, for people; throws a Failure. */
    subject(args: readonly string[], flags: Flags): string
    look(args: readonly string[], flags: Flags): Look
  },
): DeclaredCommand {
  const { subject, look, options = [], ...others } = declaration
  return declare<Waited, Flags>({
    ...others,
    options: [...options, timeoutOption, ...connectionOptions],
    output: waited,
    run: async ({ args, options: flags }) => {
      const waitedFor = subject(args, flags)
      return { waitedFor, waitedMs: await until(waitedFor, flags, look(args, flags)) }
    },
    said: ({ waitedFor, waitedMs }) => `${waitedFor} after ${waitedMs} ms`,
  })
}

/** Resolves with how long it took. Throws a Failure with why it was still not so at the end. */
async function until(waitedFor: string, flags: WaitFlags, look: Look): Promise<number> {
  const startMs = waitingClock.monotonic()
  const passedMs = (): number => Math.round(waitingClock.monotonic() - startMs)
  let reason: string | undefined = 'no broker has answered yet'
  const late = Promise.withResolvers<'late'>()
  const timer = waitingClock.after(flags.timeout, () => late.resolve('late'))
  try {
    return await withClient(hurried(flags), async client => {
      for (;;) {
        const found = await Promise.race([looked(client, look), late.promise])
        if (found === undefined) return passedMs()
        if (found !== 'late') reason = found
        if (found === 'late' || passedMs() >= flags.timeout) {
          throw new Failure(`timed out after ${flags.timeout} ms: not ${waitedFor}: ${reason}`, 4)
        }
        await client.pause(Math.min(lookEveryMs, Math.max(flags.timeout - passedMs(), 0)))
      }
    })
  } finally {
    timer.cancel()
  }
}

/** Nothing that is asked may be waited for longer than all of it. */
function hurried({ timeout, property = [], ...flags }: WaitFlags): ConnectionFlags {
  const names = [
    'request.timeout.ms',
    'socket.connection.setup.timeout.ms',
    'default.api.timeout.ms',
  ]
  const limits = names.map(name => `${name}=${Math.max(timeout, 1)}`)
  return { ...flags, property: [...property, ...limits] }
}

/** What is not there yet may come; whoever is not let in stays outside. */
async function looked(client: Client, look: Look): Promise<string | undefined> {
  try {
    return await look(client)
  } catch (error) {
    if (error instanceof AuthenticationFailure) throw error
    if (error instanceof KafkaError && isLasting(error)) throw error
    if (error instanceof KafkaError || error instanceof ConnectFailure) return error.message
    throw error
  }
}

function isLasting({ code }: KafkaError): boolean {
  const refusals = [
    errors.TOPIC_AUTHORIZATION_FAILED,
    errors.GROUP_AUTHORIZATION_FAILED,
    errors.INVALID_TOPIC_EXCEPTION,
  ]
  return refusals.some(refusal => refusal === code)
}

function readDuration(text: string): number {
  const ms = durationMs(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError("It is not a time like '500ms', '30s' or '2m'.")
}

const readyCommand = waiting<WaitFlags>({
  name: 'ready',
  summary: 'Wait until a broker answers.',
  examples: [['wait ready', 'in a script that has just started one']],
  subject: () => 'ready',
  look: () => async client => {
    await client.metadata({ topics: [] })
    return undefined
  },
})

const topicCommand = waiting<WaitFlags>({
  name: 'topic',
  summary: 'Wait until a topic is there, and its partitions have leaders.',
  arguments: [['<topic>', 'its name']],
  examples: [['wait topic orders --timeout 10s', 'exit code 4 if it does not come']],
  subject: ([topic]) => `topic ${topic}`,
  look:
    ([topic]) =>
    async client => {
      const [{ partitions } = { partitions: [] }] = await readTopics(client, [topic!])
      const headless = partitions.filter(({ leaderId }) => leaderId < 0).length
      return headless === 0 ? undefined : `${headless} of its partitions have no leader`
    },
})

interface GroupFlags extends WaitFlags {
  stable?: true
  lag?: number
}

const groupCommand = waiting<GroupFlags>({
  name: 'group',
  summary: 'Wait until a group has members and assigned its partitions, or has read enough.',
  arguments: [['<group>', 'its name']],
  options: [
    new Option('--stable', 'Until it is Stable.'),
    new Option('--lag <number>', 'Until it is no more records behind.').argParser(wholeNumber(0)),
  ],
  examples: [
    ['wait group billing --stable', 'everybody has joined'],
    ['wait group billing --lag 0', 'everything has been read and committed'],
  ],
  subject: ([group], { stable, lag }) => {
    if (stable === undefined && lag === undefined) {
      throw new Failure('say what to wait for: --stable, --lag number, or both', 2)
    }
    const states = [stable ? 'stable' : [], lag === undefined ? [] : `no more than ${lag} behind`]
    return `group ${group} ${states.flat().join(' and ')}`
  },
  look:
    ([group], { stable, lag }) =>
    async client => {
      const [listed] = await meantGroups(client, [group!])
      const { state, offsets } = await describeGroup(client, listed!)
      if (stable && state !== 'Stable') return `it is ${state}`
      if (lag === undefined) return undefined
      // What was never committed has been read from nowhere.
      const missing = offsets.filter(each => each.lag === null && each.end !== 0)
      if (missing.length > 0) return `it has not committed for ${missing.length} of its partitions`
      const behind = totalLag(offsets)
      if (behind === null) return 'it has committed nothing'
      return behind <= lag ? undefined : `it is ${behind} records behind`
    },
})

const recordsCommand = waiting<WaitFlags>({
  name: 'records',
  summary: 'Wait until a topic holds at least so many records.',
  arguments: [
    ['<topic>', 'its name'],
    ['<number>', 'how many'],
  ],
  examples: [['wait records orders 10', 'ten, or more']],
  subject: ([topic, text]) => `${readCount(text!)} records in topic ${topic}`,
  look:
    ([topic, text]) =>
    async client => {
      const topics = await readTopics(client, [topic!])
      const starts = await offsetsOf(client, topics, 'start')
      let count = 0
      for (const [key, end] of await offsetsOf(client, topics, 'stable')) {
        count += (end ?? 0) - (starts.get(key) ?? 0)
      }
      return count >= readCount(text!) ? undefined : `there are ${count}`
    },
})

function readCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Failure(`${text}: not a number of records`, 2)
}

export const waitCommand = grouped('wait', 'Wait for what a script needs; exit code 4: too late.', [
  readyCommand,
  topicCommand,
  groupCommand,
  recordsCommand,
])
