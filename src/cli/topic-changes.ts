/** `odradek topic create`, `set`, `clear` and `delete`. */
import { Option } from 'commander'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Client } from '../client/client.ts'
import { alterConfigs, topicResource } from './altered-configs.ts'
import { readAssignments } from './assignments.ts'
import { answered, checkAnswer } from './broker-answers.ts'
import { declare } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { boolean, integer, listOf, mapOf, nullable, object, string } from './json-schema.ts'
import type { Described } from './json-schema.ts'
import { isPattern, matchingNames } from './name-patterns.ts'
import { append, wholeNumber } from './option-values.ts'
import { clearTopics } from './topic-clear.ts'
import { readTopics } from './topics.ts'

const timeoutMs = 30_000
const maxPartitions = 2 ** 31 - 1

const created = object({
  topics: listOf(
    object({
      topic: string,
      created: boolean,
      partitions: nullable(integer),
      replicationFactor: nullable(integer),
    }),
  ),
})

interface CreateFlags extends ConnectionFlags {
  partitions?: number
  replicationFactor?: number
  config?: string[]
  ifNotExists?: true
}

export const createCommand = declare<Described<typeof created>, CreateFlags>({
  name: 'create',
  summary: 'Create topics.',
  arguments: [['<topic...>', 'names']],
  options: [
    new Option(
      '-p, --partitions <number>',
      "How many. Else the broker's num.partitions.",
    ).argParser(wholeNumber(1, maxPartitions)),
    new Option(
      '-r, --replication-factor <number>',
      "Replicas of each. Else the broker's default.replication.factor.",
    ).argParser(wholeNumber(1, 32_767)),
    new Option('-c, --config <name=value>', 'A config; may be repeated.').argParser(append),
    new Option('--if-not-exists', 'Leave topics alone that are there already.'),
    ...connectionOptions,
  ],
  examples: [
    ['topic create orders -p 3', 'with three partitions'],
    ['topic create users -c cleanup.policy=compact', 'that keeps the last record of each key'],
  ],
  output: created,
  run: ({ args, options }) => withClient(options, client => create(client, args, options)),
  said: ({ topics }) =>
    topics
      .map(({ topic, created: isNew, partitions }) => {
        if (!isNew) return `topic ${topic} is there already`
        return `created topic ${topic}: ${count(partitions, 'partition')}`
      })
      .concat(nextStep(topics))
      .join('\n'),
})

function nextStep(topics: Described<typeof created>['topics']): string[] {
  const first = topics.find(each => each.created)
  return first === undefined ? [] : [`next: odradek produce ${first.topic} 'hello'`]
}

function count(number: number | null, noun: string): string {
  return number === null ? `unknown ${noun}s` : `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Brokers before 2.4 have no defaults to fall back on (KIP-464). */
async function create(client: Client, names: readonly string[], options: CreateFlags) {
  const { partitions = -1, replicationFactor = -1, config = [], ifNotExists = false } = options
  const configs = Array.from(readAssignments(config, '-c '), ([name, value]) => ({ name, value }))
  const usesDefaults = partitions < 0 || replicationFactor < 0
  const { topics } = await client.send(
    createTopics,
    {
      topics: names.map(name => ({
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs,
      })),
      timeoutMs,
    },
    {
      to: 'controller',
      minVersion: usesDefaults ? 4 : 1,
      check: answer => {
        for (const { name, errorCode, errorMessage } of answer.topics) {
          const isThere = errorCode === errors.TOPIC_ALREADY_EXISTS && ifNotExists
          if (!isThere) checkAnswer(`topic ${name}`, errorCode, errorMessage)
        }
      },
    },
  )
  const fresh = topics.filter(({ errorCode }) => errorCode === errors.NONE).map(({ name }) => name)
  await whenVisible(client, fresh)
  return {
    topics: topics.map(each => ({
      topic: each.name,
      created: each.errorCode === errors.NONE,
      partitions: each.numPartitions > 0 ? each.numPartitions : null,
      replicationFactor: each.replicationFactor > 0 ? each.replicationFactor : null,
    })),
  }
}

/** What the controller knows, brokers learn a moment later: what is typed next needs it. */
async function whenVisible(client: Client, names: readonly string[]): Promise<void> {
  await client.retrying(async () => {
    const { topics } = await client.metadata({ topics: names })
    for (const { name, errorCode, partitions } of topics) {
      const hasLeaders = partitions.every(({ leaderId }) => leaderId >= 0)
      const code = errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION || !hasLeaders
      if (code) throw answered(`topic ${name}`, errors.LEADER_NOT_AVAILABLE)
    }
  })
}

const changed = object({ topic: string, configs: mapOf(nullable(string)) }, { partitions: integer })

interface SetFlags extends ConnectionFlags {
  partitions?: number
  unset?: string[]
}

export const setCommand = declare<Described<typeof changed>, SetFlags>({
  name: 'set',
  summary: 'Change configs of a topic, or add partitions.',
  arguments: [
    ['<topic>', 'its name'],
    ['[name=value...]', 'configs'],
  ],
  options: [
    new Option('--unset <name>', 'Go back to the default; may be repeated.').argParser(append),
    new Option('-p, --partitions <number>', 'How many there are to be in all.').argParser(
      wholeNumber(1, maxPartitions),
    ),
    ...connectionOptions,
  ],
  examples: [
    ['topic set orders retention.ms=3600000', 'keep records for an hour'],
    ['topic set orders --unset retention.ms -p 6', 'the default again, and six partitions'],
  ],
  output: changed,
  run: ({ args: [topic, ...texts], options }) =>
    withClient(options, async client => {
      const { unset = [], partitions } = options
      const set = [...readAssignments(texts, ''), ...unset.map(name => [name, null] as const)]
      if (set.length === 0 && partitions === undefined) {
        throw new Failure('nothing to change: name=value, --unset name, or -p number', 2)
      }
      if (partitions !== undefined) await addPartitions(client, topic!, partitions)
      if (set.length > 0) await alterConfigs(client, topicResource(topic!), set)
      return { topic: topic!, configs: Object.fromEntries(set), partitions }
    }),
  said: ({ topic, configs, partitions }) => {
    const parts = Object.entries(configs).map(([name, value]) => {
      return value === null ? `${name} by default` : `${name}=${value}`
    })
    if (partitions !== undefined) parts.push(count(partitions, 'partition'))
    return `changed topic ${topic}: ${parts.join(', ')}`
  },
})

async function addPartitions(client: Client, name: string, number: number): Promise<void> {
  await client.send(
    createPartitions,
    { topics: [{ name, count: number, assignments: null }], timeoutMs, validateOnly: false },
    {
      to: 'controller',
      check: ({ results }) => {
        for (const each of results) checkAnswer(`topic ${name}`, each.errorCode, each.errorMessage)
      },
    },
  )
}

const deleted = object({ topics: listOf(string) })

export const deleteCommand = declare<Described<typeof deleted>, ConfirmationFlags>({
  name: 'delete',
  summary: 'Delete topics, with all their records.',
  arguments: [['<topic...>', "names, or patterns like 'test-*'"]],
  options: [yesOption, ...connectionOptions],
  examples: [["topic delete 'test-*'", 'all whose name begins so']],
  output: deleted,
  run: call =>
    withClient(call.options, async client => {
      const names = await meantTopics(client, call.args)
      await confirm(call, `delete ${count(names.length, 'topic')} (${names.join(', ')})`)
      const topics = names.map(name => ({ name, topicId: zeroUuid }))
      const body = { topics, topicNames: names, timeoutMs }
      await client.send(deleteTopics, body, {
        to: 'controller',
        check: ({ responses }) => {
          for (const each of responses) {
            checkAnswer(`topic ${each.name}`, each.errorCode, each.errorMessage)
          }
        },
      })
      await whenGone(client, names)
      return { topics: names }
    }),
  said: ({ topics }) => `deleted ${count(topics.length, 'topic')}: ${topics.join(', ')}`,
})

/** What patterns mean, they mean of topics that are no broker's own. */
async function meantTopics(client: Client, patterns: readonly string[]): Promise<string[]> {
  const all = patterns.some(isPattern) ? await readTopics(client, null) : []
  const names = all.filter(({ isInternal }) => !isInternal).map(({ name }) => name)
  return matchingNames(patterns, names, 'topic')
}

/** So that they can be created anew at once. */
async function whenGone(client: Client, names: readonly string[]): Promise<void> {
  await client.retrying(async () => {
    const { topics } = await client.metadata({ topics: null })
    const left = topics.find(({ name }) => name !== null && names.includes(name))
    if (left) throw answered(`topic ${left.name} is still there`, errors.REQUEST_TIMED_OUT)
  })
}

const cleared = object({
  topics: listOf(object({ topic: string, partitions: integer, records: integer })),
})

export const clearCommand = declare<Described<typeof cleared>, ConfirmationFlags>({
  name: 'clear',
  summary: 'Remove all records of topics, which stay.',
  arguments: [['<topic...>', "names, or patterns like 'test-*'"]],
  options: [yesOption, ...connectionOptions],
  examples: [['topic clear orders', 'it is empty when the command ends']],
  output: cleared,
  run: call =>
    withClient(call.options, async client => {
      const names = await meantTopics(client, call.args)
      const topics = await readTopics(client, names)
      await confirm(
        call,
        `remove all records of ${count(names.length, 'topic')} (${names.join(', ')})`,
      )
      return { topics: await clearTopics(client, topics) }
    }),
  said: ({ topics }) =>
    topics.map(({ topic, records }) => `cleared ${topic}: ${count(records, 'record')}`).join('\n'),
})
