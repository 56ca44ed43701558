/** Client quotas in few words. */
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, settle } from './wire.ts'

type AlterRequest = Input<typeof alterClientQuotas.request>
type Entry = AlterRequest['entries'][number]
type Component = Input<typeof describeClientQuotas.request>['components'][number]

/** Types and names: `['user', 'alice', 'client-id', null]`. */
type Entity = readonly (string | null)[]

export function entityOf(names: Entity): Entry['entity'] {
  return Array.from({ length: names.length / 2 }, (_, i) => {
    return { entityType: names[2 * i]!, entityName: names[2 * i + 1]! }
  })
}

/** Sets quotas of an entity, or (null) removes them. */
export function entry(
  entity: Entity,
  ...quotas: readonly [key: string, value: number | null][]
): Entry {
  const ops = quotas.map(([key, value]) => ({ key, value: value ?? 0, remove: value === null }))
  return { entity: entityOf(entity), ops }
}

/** The errors by their names; settles when the broker tells of what was changed. */
export async function alterQuotas(
  client: RawClient,
  entries: readonly Entry[],
  { version = latest(alterClientQuotas), validateOnly = false } = {},
): Promise<string[]> {
  const request = { entries, validateOnly }
  const { entries: answers } = await client.request(alterClientQuotas, version, request)
  if (!validateOnly) {
    for (const { entity, errorCode } of answers) {
      const wanted = entries.find(entry => sameEntity(entry.entity, entity))
      if (errorCode !== 0 || wanted === undefined) continue
      await settle(async () => {
        const told = new Map(Object.entries(await quotasOf(client, entity)))
        return wanted.ops.every(({ key, value, remove }) =>
          remove ? !told.has(key) : Object.is(told.get(key), value),
        )
      })
    }
  }
  return answers.map(({ errorCode }) => errorName(errorCode))
}

function sameEntity(a: Entry['entity'], b: Entry['entity']): boolean {
  const text = (entity: Entry['entity']): string =>
    JSON.stringify(
      Object.entries(
        Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
      ).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
  return text(a) === text(b)
}

/** How a filter means names: the one that is given, the default entity, any. */
export const matching = {
  exact: (entityType: string, match: string | null): Component => {
    return { entityType, matchType: 0, match }
  },
  default: (entityType: string): Component => ({ entityType, matchType: 1, match: null }),
  any: (entityType: string): Component => ({ entityType, matchType: 2, match: null }),
}

/** Of the entity itself, and of no other that has its names and more. */
export async function quotasOf(
  client: RawClient,
  entity: Entry['entity'],
): Promise<Record<string, number>> {
  const { entries } = await client.request(describeClientQuotas, latest(describeClientQuotas), {
    components: entity.map(({ entityType, entityName: match }) =>
      match === null ? matching.default(entityType) : matching.exact(entityType, match),
    ),
    strict: true,
  })
  const values = entries?.[0]?.values ?? []
  return Object.fromEntries(values.map(({ key, value }) => [key, value]))
}
