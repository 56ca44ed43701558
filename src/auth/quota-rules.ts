/**
 * What a client quota may be, and which ones a filter means: pure rules (Kafka:
 * ClientQuotaControlManager, ClientQuotasImage, QuotaConfig).
 */
import { KafkaError } from '../../protocol/errors.ts'

/** The types of an entity, in the order in which answers name them. */
const entityTypes = ['client-id', 'user', 'ip'] as const
type EntityType = (typeof entityTypes)[number]

/** Whom a quota is for, by type; the name null is the default of all that have no own quota. */
export type QuotaEntity = ReadonlyMap<string, string | null>

/** Its value may be a fraction where it is no whole number; `max` is the largest there is. */
const userQuotas: Readonly<Record<string, { isWhole: boolean; max: number }>> = {
  producer_byte_rate: { isWhole: true, max: 2 ** 63 },
  consumer_byte_rate: { isWhole: true, max: 2 ** 63 },
  request_percentage: { isWhole: false, max: Infinity },
  controller_mutation_rate: { isWhole: false, max: Infinity },
}
const ipQuotas: typeof userQuotas = {
  connection_creation_rate: { isWhole: true, max: 2 ** 31 - 1 },
}

/** What counts as a whole number. */
const fractionTolerance = 1e-6

/** One to set, or (value undefined) to remove. */
export interface QuotaOperation {
  readonly key: string
  readonly value: number | undefined
}

/** Of several parts with the same type the last one counts. */
export function quotaEntity(
  parts: readonly { entityType: string; entityName: string | null }[],
): QuotaEntity {
  return new Map(parts.map(({ entityType, entityName }) => [entityType, entityName]))
}

/** The same text for the same entity. */
export function entityKey(entity: QuotaEntity): string {
  return JSON.stringify(entityParts(entity))
}

/** Types and names in the order in which answers have them. */
export function entityParts(entity: QuotaEntity): [type: string, name: string | null][] {
  const rank = (type: string): number => entityTypes.indexOf(type as EntityType)
  return [...entity].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/**
 * Throws INVALID_REQUEST if the entity cannot have quotas, or not these. Removing is always
 * possible, even what nobody knows. `isHost`: whether a name is an address or stands for one.
 */
export function checkQuotas(
  entity: QuotaEntity,
  operations: readonly QuotaOperation[],
  isHost: (name: string) => boolean,
): void {
  checkEntity(entity, isHost)
  const quotas = entity.has('ip') ? ipQuotas : userQuotas
  for (const { key, value } of operations) {
    if (value === undefined) continue
    const quota = Object.hasOwn(quotas, key) ? quotas[key] : undefined
    if (quota === undefined)
      throw invalid(`no quota ${key} for ${[...entity.keys()].join(' and ')}`)
    if (value <= 0) throw invalid(`${key} must be above 0`)
    if (value > quota.max) throw invalid(`${key} is above ${quota.max}`)
    if (quota.isWhole && Math.abs(value % 1) > fractionTolerance) {
      throw invalid(`${key} must be a whole number`)
    }
  }
}

function checkEntity(entity: QuotaEntity, isHost: (name: string) => boolean): void {
  if (entity.size === 0) throw invalid('a quota needs an entity')
  for (const [type, name] of entity) {
    if (!isEntityType(type)) throw invalid(`unknown type of entity: ${type}`)
    if (name === '') throw invalid(`the name of ${type} is empty`)
  }
  const ip = entity.get('ip')
  if (ip === undefined) return
  if (entity.size > 1) throw invalid('ip does not go with user or client-id')
  if (ip !== null && !isHost(ip)) throw invalid(`${ip} is no address and no known host`)
}

function isEntityType(type: string): type is EntityType {
  return entityTypes.includes(type as EntityType)
}

export interface QuotaFilter {
  readonly components: readonly FilterComponent[]
  /** Only entities without further types. */
  readonly strict: boolean
}

interface FilterComponent {
  readonly entityType: string
  readonly matchType: number
  readonly match: string | null
}

/** How a component of a filter means a name (KIP-546). */
const matchTypes = { exact: 0, default: 1, any: 2 } as const

/**
 * Whether an entity is meant. Throws INVALID_REQUEST for a filter that makes no sense, and
 * UNSUPPORTED_VERSION for a type that nobody knows: a later Kafka might.
 */
export function quotaFilter({ components, strict }: QuotaFilter): (entity: QuotaEntity) => boolean {
  const types = new Set<string>()
  for (const { entityType: type, matchType, match } of components) {
    if (type === '') throw invalid('a type of entity is empty')
    if (types.has(type)) throw invalid(`the filter names ${type} more than once`)
    if (!isEntityType(type)) {
      throw new KafkaError('UNSUPPORTED_VERSION', `unsupported type of entity: ${type}`)
    }
    checkMatch(matchType, match)
    types.add(type)
  }
  if (types.has('ip') && types.size > 1) throw invalid('ip does not go with user or client-id')
  return entity =>
    (!strict || entity.size === types.size) &&
    components.every(
      ({ entityType, matchType, match }) =>
        entity.has(entityType) &&
        (matchType === matchTypes.any || entity.get(entityType) === match),
    )
}

function checkMatch(matchType: number, match: string | null): void {
  if (!Object.values<number>(matchTypes).includes(matchType)) {
    throw invalid(`unknown match type ${matchType}`)
  }
  if (matchType === matchTypes.exact && match === null) throw invalid('an exact match needs a name')
  if (matchType !== matchTypes.exact && match !== null) {
    throw invalid(`match type ${matchType} goes without a name`)
  }
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message)
}
