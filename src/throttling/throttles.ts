/** Enforces the quotas of users and clients (KIP-13, KIP-55, KIP-124, KIP-219, KIP-599). */
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { DescribedQuotas } from '../auth/quotas.ts'
import { AddressRates } from './address-rates.ts'
import { ClientRates, type Client } from './client-rates.ts'
import type { AddressOf } from './host-limits.ts'
import { MutationTokens } from './mutation-tokens.ts'
import { QuotaTable } from './quota-table.ts'
import { RequestThrottle, type ThrottledApi } from './request-throttle.ts'

/** Kinds of quotas, by Kafka's names (QuotaConfig). */
const kinds = {
  produce: 'producer_byte_rate',
  fetch: 'consumer_byte_rate',
  request: 'request_percentage',
  mutation: 'controller_mutation_rate',
} as const

type Kind = keyof typeof kinds

export interface ThrottlesOptions {
  config: Pick<
    Config,
    | 'quotaWindowNum'
    | 'quotaWindowSizeSeconds'
    | 'controllerQuotaWindowNum'
    | 'controllerQuotaWindowSizeSeconds'
    | 'quotaMaxClients'
  >
  clock: Clock
  addressOf: AddressOf
}

/** What clients have done lately, and what their quotas say of it. */
export class Throttles {
  readonly clock: Clock
  readonly produce: ClientRates
  readonly fetch: ClientRates
  /** Time that requests take, in hundredths of a second each second. */
  readonly request: ClientRates
  readonly mutation: MutationTokens
  /** Connections that addresses may make. */
  readonly addressRates: AddressRates
  #tables: Readonly<Record<Kind, QuotaTable>> = tablesOf([])
  #isActive = false

  constructor({ config, clock, addressOf }: ThrottlesOptions) {
    const windowMs = config.quotaWindowSizeSeconds * 1000
    const windows = { count: config.quotaWindowNum, sizeMs: windowMs }
    const maxClients = (): number => config.quotaMaxClients
    const rates = (kind: Kind, maxThrottleMs: number): ClientRates =>
      new ClientRates({ windows, maxThrottleMs, maxClients, quotas: () => this.#tables[kind] })
    this.clock = clock
    this.addressRates = new AddressRates(addressOf)
    this.produce = rates('produce', Infinity)
    this.fetch = rates('fetch', Infinity)
    this.request = rates('request', windowMs)
    this.mutation = new MutationTokens({
      windows: {
        count: config.controllerQuotaWindowNum,
        sizeMs: config.controllerQuotaWindowSizeSeconds * 1000,
      },
      maxClients,
      quotas: () => this.#tables.mutation,
    })
  }

  /** What holds from now on. */
  use(quotas: Iterable<DescribedQuotas>): void {
    const all = [...quotas]
    this.#tables = tablesOf(all)
    this.addressRates.use(all)
    this.#isActive = Object.values(this.#tables).some(table => !table.isEmpty)
  }

  /** Somebody has a quota; else nothing is measured. */
  get isActive(): boolean {
    return this.#isActive
  }

  begin(api: ThrottledApi, client: Client): RequestThrottle {
    return new RequestThrottle(this, api, client)
  }
}

function tablesOf(quotas: Iterable<DescribedQuotas>): Record<Kind, QuotaTable> {
  const tables = {
    produce: new QuotaTable(),
    fetch: new QuotaTable(),
    request: new QuotaTable(),
    mutation: new QuotaTable(),
  }
  for (const { entity, values } of quotas) {
    if (entity.has('ip')) continue
    for (const kind of Object.keys(kinds) as Kind[]) {
      const limit = values.get(kinds[kind])
      if (limit !== undefined) tables[kind].add(entity, limit)
    }
  }
  return tables
}
