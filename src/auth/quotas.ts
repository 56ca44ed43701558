import { isIPv4, isIPv6 } from 'node:net'
import { KafkaError } from '../../protocol/errors.ts'
import type { Change, ClientQuotaRow, MetadataStore } from '../../storage/metadata-store.ts'
import { maxRecordsPerRequest } from '../controller-rules.ts'
import {
  checkQuotas,
  entityKey,
  entityParts,
  quotaFilter,
  type QuotaEntity,
  type QuotaFilter,
  type QuotaOperation,
} from './quota-rules.ts'

export interface QuotaAlteration {
  readonly entity: QuotaEntity
  readonly operations: readonly QuotaOperation[]
}

/** What became of an entity of the request. */
export interface AlteredQuotas {
  readonly entity: QuotaEntity
  readonly error: KafkaError | undefined
}

export interface DescribedQuotas {
  readonly entity: QuotaEntity
  readonly values: ReadonlyMap<string, number>
}

interface Options {
  metadata: Pick<MetadataStore, 'commit'>
  /** Whether the name of a host stands for an address. */
  isHost: (name: string) => Promise<boolean>
  /** Takes all of them, at the start and whenever one has changed. */
  enforce: (quotas: Iterable<DescribedQuotas>) => void
}

/** The client quotas that are set. */
export class ClientQuotas {
  readonly #options: Options
  readonly #byEntity = new Map<string, DescribedQuotas>()

  constructor(options: Options) {
    this.#options = options
  }

  load(rows: ReadonlyMap<string, ClientQuotaRow>): void {
    for (const { entity, values } of rows.values()) {
      const numbers = Object.entries(values).map(([key, text]) => [key, Number(text)] as const)
      this.#set({ entity: new Map(entity), values: new Map(numbers) })
    }
    this.#options.enforce(this.#byEntity.values())
  }

  /** Errors: see quotaFilter. */
  describe(filter: QuotaFilter): DescribedQuotas[] {
    const isMeant = quotaFilter(filter)
    return [...this.#byEntity.values()].filter(({ entity }) => isMeant(entity))
  }

  /**
   * Each entity by itself: its quotas change all or not at all. As in Kafka, an entity that the
   * request names again is refused, and yet the changes hold that it was first named with. The
   * changes are durable when this resolves. Throws POLICY_VIOLATION for too many of them.
   */
  async alter(
    alterations: readonly QuotaAlteration[],
    validateOnly: boolean,
  ): Promise<AlteredQuotas[]> {
    const hosts = await this.#knownHosts(alterations)
    const answers = new Map<string, AlteredQuotas>()
    const changed: DescribedQuotas[] = []
    let changes = 0
    for (const { entity, operations } of alterations) {
      const key = entityKey(entity)
      try {
        if (answers.has(key)) throw new KafkaError('INVALID_REQUEST', 'entity named again')
        checkOnce(operations)
        checkQuotas(entity, operations, host => hosts.has(host))
        const before = this.#byEntity.get(key)?.values ?? new Map<string, number>()
        const values = applied(before, operations)
        const count = countChanges(before, values)
        if (count > 0) changed.push({ entity, values })
        changes += count
        answers.set(key, { entity, error: undefined })
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        answers.set(key, { entity, error })
      }
    }
    if (changes > maxRecordsPerRequest) throw new KafkaError('POLICY_VIOLATION')
    if (!validateOnly) await this.#store(changed)
    return [...answers.values()]
  }

  async #store(changed: readonly DescribedQuotas[]): Promise<void> {
    for (const quotas of changed) this.#set(quotas)
    if (changed.length > 0) this.#options.enforce(this.#byEntity.values())
    await this.#options.metadata.commit(changed.map(toChange))
  }

  #set(quotas: DescribedQuotas): void {
    const key = entityKey(quotas.entity)
    if (quotas.values.size === 0) this.#byEntity.delete(key)
    else this.#byEntity.set(key, quotas)
  }

  /** Addresses, and the hosts that have one. */
  async #knownHosts(alterations: readonly QuotaAlteration[]): Promise<ReadonlySet<string>> {
    const known = new Set<string>()
    for (const { entity } of alterations) {
      const host = entity.get('ip')
      if (!host || known.has(host)) continue
      if (isAddress(host) || (await this.#options.isHost(host))) known.add(host)
    }
    return known
  }
}

/** IPv6 may stand in brackets, as in a URL. */
function isAddress(host: string): boolean {
  return isIPv4(host) || isIPv6(host.replace(/^\[(.*)\]$/, '$1'))
}

function checkOnce(operations: readonly QuotaOperation[]): void {
  const keys = new Set(operations.map(({ key }) => key))
  if (keys.size < operations.length) throw new KafkaError('INVALID_REQUEST', 'quota named again')
}

function applied(
  before: ReadonlyMap<string, number>,
  operations: readonly QuotaOperation[],
): Map<string, number> {
  const values = new Map(before)
  for (const { key, value } of operations) {
    if (value === undefined) values.delete(key)
    else values.set(key, value)
  }
  return values
}

function countChanges(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter(key => !Object.is(before.get(key), after.get(key))).length
}

/** Values are texts, because JSON knows neither NaN nor Infinity, which Kafka takes. */
function toChange({ entity, values }: DescribedQuotas): Change {
  const texts = Array.from(values, ([key, value]) => [key, String(value)] as const)
  const row = { entity: entityParts(entity), values: Object.fromEntries(texts) }
  const value = values.size === 0 ? null : row
  return { kind: 'clientQuota', key: entityKey(entity), value }
}
