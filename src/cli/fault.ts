/** `odradek fault`: what goes wrong on purpose, on an Odradek for development. */
import { Option } from 'commander'
import { actions, type FaultSpec } from '../faults/spec.ts'
import { declare, grouped, type View } from './command.ts'
import { connectionOptions } from './connection.ts'
import { Failure } from './failure.ts'
import { ask, httpOption, type HttpFlags } from './http-api.ts'
import {
  anyOf,
  anything,
  integer,
  listOf,
  mapOf,
  object,
  oneOf,
  string,
  type Described,
} from './json-schema.ts'
import { wholeNumber } from './option-values.ts'

const fault = object({
  id: integer,
  /** The fault as it was given. */
  spec: mapOf(anything),
  hits: listOf(object({ api: string, version: integer, client: string, at: integer })),
  /** How many requests it will still hit. */
  left: anyOf(integer, oneOf('always')),
})

type Fault = Described<typeof fault>

const faultList = object({ faults: listOf(fault) })

const listCommand = declare<Described<typeof faultList>, HttpFlags>({
  name: 'list',
  summary: 'List faults, how often each has fired, and how often it will.',
  options: [httpOption, ...connectionOptions],
  examples: [['fault', 'what is armed']],
  output: faultList,
  run: ({ options }) => ask(options, 'GET', '/v1/faults'),
  text: ({ faults }, { table }) => tableOf(faults, table),
  said: ({ faults }) => {
    return faults.length > 0 ? undefined : "no faults: see 'odradek fault add --help'"
  },
})

function tableOf(faults: readonly Fault[], table: View['table']): string {
  return table(
    ['ID', 'HITS', 'LEFT', 'FAULT'],
    faults.map(({ id, hits, left, spec }) => [id, hits.length, String(left), specText(spec)]),
  )
}

/** 'api=Produce error=NOT_LEADER_OR_FOLLOWER' */
function specText(spec: Readonly<Record<string, unknown>>): string {
  return Object.entries(spec)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
}

interface AddFlags extends HttpFlags {
  topic?: string
  partition?: number
  group?: string
  client?: string
  transactionalId?: string
  node?: number
  apiVersion?: string
  action?: string
  error?: string
  delay?: string
  throttle?: string
  sequence?: string[]
  after?: string
  times?: string
  probability?: number
  seed?: number
  optional?: true
  force?: true
}

const addCommand = declare<Fault, AddFlags>({
  name: 'add',
  summary: 'Have requests fail, wait or get lost: once, unless --times says otherwise.',
  arguments: [['[api...]', 'like produce or OffsetCommit; any that the action fits, if none']],
  options: [
    new Option('--error <name>', 'What is answered, like NOT_LEADER_OR_FOLLOWER.'),
    new Option('--action <name>', 'What happens instead.').choices(actions),
    new Option('--delay <duration>', "The answer comes so much later, like '300ms'."),
    new Option('--throttle <duration>', 'The client is told to be quiet so long.'),
    new Option(
      '--sequence <steps>',
      "One request after the other, like 'ok,disconnect'.",
    ).argParser((text: string) => text.split(',').map(step => step.trim())),
    new Option('--after <apply>', 'The request is done first; its answer is lost.').choices([
      'apply',
    ]),
    new Option('--times <number>', "How many requests are hit, or 'always'. Default: 1"),
    new Option('--probability <share>', 'The share of requests that are hit.').argParser(Number),
    new Option('--seed <number>', 'Of the chance.').argParser(wholeNumber(0)),
    new Option('--topic <name>', "Only requests that name it; '*' stands for any letters."),
    new Option('--partition <number>', 'Only requests that name it.').argParser(wholeNumber(0)),
    new Option('--group <name>', 'Only requests that name it.'),
    new Option('--client <id>', 'Only requests of it.'),
    new Option('--transactional-id <id>', 'Only requests that name it.'),
    new Option('--node <id>', 'Only requests to this broker.').argParser(wholeNumber(0)),
    new Option('--api-version <versions>', "Only requests in these: '9', '9+' or '4-8'."),
    new Option('--optional', 'It need not fire.'),
    new Option('--force', 'Answer an error that the API never has.'),
    httpOption,
    ...connectionOptions,
  ],
  examples: [
    ['fault add produce --error NOT_LEADER_OR_FOLLOWER --times 3', 'three times'],
    ['fault add offset-commit --after apply --action disconnect', 'committed, reply lost'],
    ["fault add fetch --client 'svc-*' --delay 300ms --times always", 'a slow network'],
    ['fault add heartbeat --sequence ok,REBALANCE_IN_PROGRESS,ok', 'one after the other'],
  ],
  output: fault,
  run: ({ args, options }) => ask(options, 'POST', '/v1/faults', { json: specOf(args, options) }),
  said: ({ id, spec }) => `fault ${id}: ${specText(spec)}`,
})

/** The same object that programs and seeds give; what is wrong with it, the broker says. */
function specOf(apis: readonly string[], flags: AddFlags): Record<keyof FaultSpec, unknown> {
  const { times, apiVersion: version, ...others } = flags
  return {
    api: apis.length > 1 ? apis : apis[0],
    topic: others.topic,
    partition: others.partition,
    group: others.group,
    client: others.client,
    transactionalId: others.transactionalId,
    node: others.node,
    version,
    action: others.action,
    error: others.error,
    delay: others.delay,
    throttle: others.throttle,
    sequence: others.sequence,
    after: others.after,
    times: times === undefined || times === 'always' ? times : Number(times),
    probability: others.probability,
    seed: others.seed,
    optional: others.optional,
    force: others.force,
  }
}

const cleared = object({ removed: listOf(integer) })

const clearCommand = declare<Described<typeof cleared>, HttpFlags>({
  name: 'clear',
  summary: 'Remove faults; all of them, if none is named.',
  arguments: [['[id...]', 'their numbers']],
  options: [httpOption, ...connectionOptions],
  examples: [['fault clear', 'everything goes well again']],
  output: cleared,
  async run({ args, options }) {
    const strange = args.find(id => !/^\d{1,15}$/.test(id))
    if (strange !== undefined) throw new Failure(`${strange}: not the number of a fault`, 2)
    const { faults } = await ask<{ faults: Fault[] }>(options, 'GET', '/v1/faults')
    if (args.length === 0) {
      await ask(options, 'POST', '/v1/faults/reset')
      return { removed: faults.map(({ id }) => id) }
    }
    for (const id of args) await ask(options, 'DELETE', `/v1/faults/${id}`)
    return { removed: args.map(Number) }
  },
  said: ({ removed }) => `removed ${removed.length} faults`,
})

export const faultCommand = grouped('fault', 'Faults: what goes wrong on purpose.', [
  listCommand,
  addCommand,
  clearCommand,
])
