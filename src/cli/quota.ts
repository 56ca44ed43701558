/** `odradek quota`: how much users, client ids and addresses may. */
import { Option } from 'commander'
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import type { Client } from '../client/client.ts'
import { readAssignments } from './assignments.ts'
import { checkAnswer } from './broker-answers.ts'
import { declare, grouped } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { listOf, mapOf, nullable, number, object, string, type Described } from './json-schema.ts'

const quota = object({
  /** By its type: user, client-id, ip; null is whoever has none of his own. */
  entity: mapOf(nullable(string)),
  /** By its name; null where it was removed. */
  values: mapOf(nullable(number)),
})

const quotaList = object({ quotas: listOf(quota) })

const listCommand = declare<Described<typeof quotaList>, ConnectionFlags>({
  name: 'list',
  summary: 'List quotas.',
  options: [...connectionOptions],
  examples: [['quota', 'all of them']],
  output: quotaList,
  run: ({ options }) => withClient(options, async client => ({ quotas: await readQuotas(client) })),
  text: ({ quotas }, { table }) =>
    table(
      ['ENTITY', 'QUOTA', 'VALUE'],
      quotas.flatMap(({ entity, values }) =>
        Object.entries(values).map(([name, value]) => [entityText(entity), name, value]),
      ),
    ),
  said: ({ quotas }) => (quotas.length > 0 ? undefined : 'no quotas'),
})

async function readQuotas(client: Client): Promise<Described<typeof quota>[]> {
  const { entries } = await client.send(
    describeClientQuotas,
    { components: [], strict: false },
    { check: ({ errorCode, errorMessage }) => checkAnswer('quotas', errorCode, errorMessage) },
  )
  const quotas = (entries ?? []).map(({ entity, values }) => ({
    entity: Object.fromEntries(
      entity.map(each => [each.entityType, each.entityName] as const).toSorted(byName),
    ),
    values: Object.fromEntries(
      values.map(each => [each.key, each.value] as const).toSorted(byName),
    ),
  }))
  return quotas.toSorted((a, b) => (entityText(a.entity) < entityText(b.entity) ? -1 : 1))
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

/** 'user alice, client-id (default)' */
function entityText(entity: Readonly<Record<string, string | null>>): string {
  return Object.entries(entity)
    .map(([type, name]) => `${type} ${name ?? '(default)'}`)
    .join(', ')
}

interface SetFlags extends ConnectionFlags {
  user?: string
  client?: string
  ip?: string
}

const entityOptions = [
  new Option('--user <name>', "Of a user; 'default' is whoever has no quota of his own."),
  new Option('--client <id>', "Of a client id, alone or together with a user; or 'default'."),
  new Option('--ip <address>', "Of an address; or 'default'."),
]

const setCommand = declare<Described<typeof quota>, SetFlags>({
  name: 'set',
  summary: 'Set quotas.',
  arguments: [['<name=value...>', 'like producer_byte_rate, consumer_byte_rate']],
  options: [...entityOptions, ...connectionOptions],
  examples: [
    ['quota set --user alice producer_byte_rate=1048576', '1 MB each second'],
    ['quota set --client default consumer_byte_rate=1048576', 'for each client id'],
  ],
  output: quota,
  run: ({ args, options }) =>
    withClient(options, async client => {
      const ops = Array.from(readAssignments(args, ''), ([key, given]) => {
        const value = Number(given)
        if (given.trim() !== '' && Number.isFinite(value)) return { key, value, remove: false }
        throw new Failure(`${key}=${given}: not a number`, 2)
      })
      return alter(client, options, ops)
    }),
  said: ({ entity, values }) => {
    const parts = Object.entries(values).map(([name, value]) => `${name}=${value}`)
    return `set for ${entityText(entity)}: ${parts.join(', ')}`
  },
})

const removeCommand = declare<Described<typeof quota>, SetFlags>({
  name: 'remove',
  summary: 'Remove quotas; all of the entity, if none is named.',
  arguments: [['[name...]', 'producer_byte_rate, …']],
  options: [...entityOptions, ...connectionOptions],
  examples: [['quota remove --user alice', 'alice has none any more']],
  output: quota,
  run: ({ args, options }) =>
    withClient(options, async client => {
      const entity = meantEntity(options)
      const own = (await readQuotas(client)).find(each => isSame(each.entity, entity))
      const names = args.length > 0 ? args : Object.keys(own?.values ?? {})
      if (own === undefined || names.length === 0) {
        throw new Failure(`${entityText(entity)} has no quotas: 'odradek quota' lists them`, 1)
      }
      return alter(
        client,
        options,
        names.map(key => ({ key, value: 0, remove: true })),
      )
    }),
  said: ({ entity, values }) =>
    `removed from ${entityText(entity)}: ${Object.keys(values).join(', ')}`,
})

function isSame(a: Record<string, string | null>, b: Record<string, string | null>): boolean {
  return entityText(a) === entityText(b)
}

/** Throws a Failure where none is named. */
function meantEntity({ user, client, ip }: SetFlags): Record<string, string | null> {
  const named = { 'client-id': client, ip, user }
  const given = Object.entries(named).filter(([, name]) => name !== undefined)
  if (given.length === 0) throw new Failure('say whose quota: --user, --client or --ip', 2)
  return Object.fromEntries(given.map(([type, name]) => [type, name === 'default' ? null : name!]))
}

async function alter(
  client: Client,
  flags: SetFlags,
  ops: readonly { key: string; value: number; remove: boolean }[],
): Promise<Described<typeof quota>> {
  const entity = meantEntity(flags)
  const parts = Object.entries(entity).map(([entityType, entityName]) => {
    return { entityType, entityName }
  })
  await client.send(
    alterClientQuotas,
    { entries: [{ entity: parts, ops }], validateOnly: false },
    {
      to: 'controller',
      check: ({ entries }) => {
        for (const each of entries) {
          checkAnswer(`quota of ${entityText(entity)}`, each.errorCode, each.errorMessage)
        }
      },
    },
  )
  const values = ops.map(({ key, value, remove }) => [key, remove ? null : value] as const)
  return { entity, values: Object.fromEntries(values) }
}

export const quotaCommand = grouped('quota', 'Quotas of users, client ids and addresses.', [
  listCommand,
  setCommand,
  removeCommand,
])
