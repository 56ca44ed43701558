/** `odradek config`: every value that holds, and where it comes from. */
import { Option } from 'commander'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import type { Client } from '../client/client.ts'
import { configSources } from '../config/effective.ts'
import { alterConfigs, ownerOf, resourceTypes, type ConfigResource } from './altered-configs.ts'
import { readAssignments } from './assignments.ts'
import { checkAnswer } from './broker-answers.ts'
import { declare, grouped, type DeclaredCommand } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import {
  boolean,
  listOf,
  mapOf,
  nullable,
  object,
  oneOf,
  string,
  type Described,
} from './json-schema.ts'
import { append } from './option-values.ts'

const types = ['broker', 'topic', 'group', 'client-metrics', 'logger'] as const

type ResourceType = (typeof types)[number]

/** Where a value was set, from what counts least to what counts most. */
const origins = {
  [configSources.default]: 'default',
  [configSources.staticBroker]: 'start',
  [configSources.dynamicDefaultBroker]: 'all-brokers',
  [configSources.dynamicBroker]: 'broker',
  [configSources.brokerLogger]: 'logger',
  [configSources.clientMetrics]: 'client-metrics',
  [configSources.group]: 'group',
  [configSources.topic]: 'topic',
} as const

const shown = object({
  resource: string,
  configs: listOf(
    object({
      name: string,
      /** Null where there is none, and for secrets. */
      value: nullable(string),
      origin: oneOf(...Object.values(origins), 'unknown'),
      secret: boolean,
      readOnly: boolean,
    }),
  ),
})

interface ShowFlags extends ConnectionFlags {
  changed?: true
}

function showCommand(
  type: ResourceType,
  argument: readonly [string, string],
  example: readonly [string, string],
): DeclaredCommand {
  return declare<Described<typeof shown>, ShowFlags>({
    name: type,
    summary: `Print the configs of a ${type}, each with where its value comes from.`,
    arguments: [argument],
    options: [new Option('--changed', 'Only those that are not by default.'), ...connectionOptions],
    examples: [example],
    output: shown,
    run: ({ args: [name], options }) =>
      withClient(options, async client => {
        const resource = await resourceOf(client, type, name)
        const configs = await readConfigs(client, resource)
        return {
          resource: resource.subject,
          configs: configs.filter(({ origin }) => !options.changed || origin !== 'default'),
        }
      }),
    text: ({ configs }, { table }) =>
      table(
        ['CONFIG', 'VALUE', 'ORIGIN'],
        configs.map(each => [each.name, each.secret ? '(secret)' : each.value, each.origin]),
      ),
  })
}

/** Of brokers any one, unless it is named; `all` is what they have in common. */
async function resourceOf(
  client: Client,
  type: ResourceType,
  name: string | undefined,
): Promise<ConfigResource> {
  const code = resourceTypes[type]
  if (type !== 'broker' && type !== 'logger') {
    return { type: code, name: name!, subject: `${type} ${name}` }
  }
  if (name === 'all') return { type: code, name: '', subject: `all ${type}s` }
  if (name !== undefined && !/^\d{1,10}$/.test(name)) {
    throw new Failure(`${name}: not the id of a broker; 'odradek status' lists them`, 2)
  }
  const { brokers } = await client.metadata({ topics: [] })
  const node = name ?? String(Math.min(...brokers.map(({ nodeId }) => nodeId)))
  if (brokers.some(({ nodeId }) => String(nodeId) === node)) {
    return { type: code, name: node, subject: `${type} ${node}` }
  }
  throw new Failure(`there is no broker ${node}: 'odradek status' lists them`, 1)
}

async function readConfigs(client: Client, { type, name, subject }: ConfigResource) {
  const { results } = await client.send(
    describeConfigs,
    { resources: [{ resourceType: type, resourceName: name, configurationKeys: null }] },
    { to: ownerOf({ type, name }), minVersion: 1 },
  )
  for (const each of results) checkAnswer(subject, each.errorCode, each.errorMessage)
  return results
    .flatMap(({ configs }) => configs)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(each => ({
      name: each.name,
      value: each.isSensitive ? null : each.value,
      origin: origins[each.configSource as keyof typeof origins] ?? 'unknown',
      secret: each.isSensitive,
      readOnly: each.readOnly,
    }))
}

const changed = object({ resource: string, configs: mapOf(nullable(string)) })

interface SetFlags extends ConnectionFlags {
  unset?: string[]
}

const setCommand = declare<Described<typeof changed>, SetFlags>({
  name: 'set',
  summary: 'Change configs while brokers run.',
  arguments: [
    ['<type>', types.join(', ')],
    ['<name>', "of a topic or group; of a broker or logger its id, or 'all'"],
    ['[name=value...]', 'configs'],
  ],
  options: [
    new Option('--unset <name>', 'Go back to the default; may be repeated.').argParser(append),
    ...connectionOptions,
  ],
  examples: [
    ['config set topic orders retention.ms=3600000', 'of a topic'],
    ['config set broker all log.retention.hours=1', 'of all brokers'],
    ['config set logger 0 root=DEBUG', 'what a broker logs'],
    ['config set group billing --unset consumer.session.timeout.ms', 'the default again'],
  ],
  output: changed,
  run: ({ args: [typeName = '', name, ...texts], options }) =>
    withClient(options, async client => {
      const type = types.find(each => each === typeName)
      if (type === undefined) {
        throw new Failure(`${typeName}: not one of ${types.join(', ')}`, 2)
      }
      const unset = (options.unset ?? []).map(config => [config, null] as const)
      const set = [...readAssignments(texts, ''), ...unset]
      if (set.length === 0) throw new Failure('nothing to change: name=value, or --unset name', 2)
      const resource = await resourceOf(client, type, name)
      await alterConfigs(client, resource, set)
      return { resource: resource.subject, configs: Object.fromEntries(set) }
    }),
  said: ({ resource, configs }) => {
    const parts = Object.entries(configs).map(([name, value]) => {
      return value === null ? `${name} by default` : `${name}=${value}`
    })
    return `changed ${resource}: ${parts.join(', ')}`
  },
})

export const configCommand = grouped(
  'config',
  'Configs of brokers, topics and groups, with where each value comes from.',
  [
    showCommand('broker', ['[id]', "its id, or 'all'"], ['config', 'of a broker']),
    showCommand('topic', ['<name>', 'its name'], ['config topic orders', 'of a topic']),
    showCommand('group', ['<name>', 'its name'], ['config group billing', 'of a group']),
    showCommand(
      'client-metrics',
      ['<name>', 'of the subscription'],
      ['config client-metrics all', 'what clients push'],
    ),
    showCommand('logger', ['[id]', 'of its broker'], ['config logger', 'what is logged']),
    setCommand,
  ],
)
