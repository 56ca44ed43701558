import { crypto } from '../../protocol/builtins.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { DelegationTokenRow, MetadataStore } from '../../storage/metadata-store.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Random } from '../random.ts'
import {
  expiring,
  isExpired,
  newToken,
  renewed,
  type TokenConfig,
  type TokenPeople,
} from './delegation-token-rules.ts'
import type { Principal } from './principal.ts'

/** A token as its owner gets it. */
export interface DelegationToken extends DelegationTokenRow {
  readonly tokenId: string
  /** Who has it can authenticate as the owner: in base64, it is the password for SCRAM. */
  readonly hmac: Buffer
}

export interface DelegationTokensOptions {
  config: TokenConfig &
    Pick<Config, 'delegationTokenSecretKey' | 'delegationTokenExpiryCheckIntervalMs'>
  metadata: Pick<MetadataStore, 'commit'>
  clock: Clock
  random: Random
  logger: Pick<Logger, 'info'>
}

/**
 * The delegation tokens (KIP-48, KIP-373; Kafka: DelegationTokenControlManager). What is stored of
 * a token is worth nothing without the broker's secret key, from which its HMAC follows. Without a
 * key there are none: DELEGATION_TOKEN_AUTH_DISABLED. Changes are durable when their promise
 * resolves.
 */
export class DelegationTokens {
  readonly #options: DelegationTokensOptions
  readonly #byId = new Map<string, DelegationToken>()
  /** Token ids by HMAC in base64. */
  readonly #ids = new Map<string, string>()
  #sweep: Timer | undefined

  constructor(options: DelegationTokensOptions) {
    this.#options = options
    if (this.isEnabled) this.#scheduleSweep()
  }

  get isEnabled(): boolean {
    return Boolean(this.#options.config.delegationTokenSecretKey)
  }

  load(rows: ReadonlyMap<string, DelegationTokenRow>): void {
    if (!this.isEnabled) return
    for (const [tokenId, row] of rows) this.#set(tokenId, row)
  }

  /** Looks for expired tokens no more. */
  close(): void {
    this.#sweep?.cancel()
  }

  /** `maxLifetimeMs`: of 0 or less, and above the broker's, it is the broker's. */
  async create(people: TokenPeople, maxLifetimeMs: number): Promise<DelegationToken> {
    this.#checkEnabled()
    const { config, clock, random } = this.#options
    return this.#store(random.id(), newToken(people, maxLifetimeMs, config, clock.now()))
  }

  /**
   * Resolves to the new expiry: `periodMs` from now; of 0 or less, and above the broker's, it is
   * the broker's. Throws DELEGATION_TOKEN_NOT_FOUND, _EXPIRED, _OWNER_MISMATCH.
   */
  async renew(renewer: Principal, hmac: Buffer, periodMs: number): Promise<number> {
    const { config, clock } = this.#options
    const token = this.#find(hmac)
    const row = renewed(token, renewer, periodMs, config, clock.now())
    return (await this.#store(token.tokenId, row)).expiryTimestampMs
  }

  /** The same for `periodMs` from 0 on; below it, the token is removed. */
  async expire(renewer: Principal, hmac: Buffer, periodMs: number): Promise<number> {
    const nowMs = this.#options.clock.now()
    const token = this.#find(hmac)
    const row = expiring(token, renewer, periodMs, nowMs)
    if (row !== undefined) return (await this.#store(token.tokenId, row)).expiryTimestampMs
    await this.#remove([token])
    return nowMs
  }

  all(): DelegationToken[] {
    return [...this.#byId.values()]
  }

  /** One that has not expired; Kafka takes those until they are removed, for no time at all. */
  live(tokenId: string): DelegationToken | undefined {
    const token = this.#byId.get(tokenId)
    return token && !isExpired(token, this.#options.clock.now()) ? token : undefined
  }

  #checkEnabled(): void {
    if (!this.isEnabled) throw new KafkaError('DELEGATION_TOKEN_AUTH_DISABLED')
  }

  #find(hmac: Buffer): DelegationToken {
    this.#checkEnabled()
    const tokenId = this.#ids.get(hmac.toString('base64'))
    if (tokenId === undefined) throw new KafkaError('DELEGATION_TOKEN_NOT_FOUND')
    return this.#byId.get(tokenId)!
  }

  async #store(tokenId: string, row: DelegationTokenRow): Promise<DelegationToken> {
    const token = this.#set(tokenId, row)
    await this.#options.metadata.commit([{ kind: 'delegationToken', key: tokenId, value: row }])
    return token
  }

  #set(tokenId: string, row: DelegationTokenRow): DelegationToken {
    const key = this.#options.config.delegationTokenSecretKey!
    const hmac = crypto().createHmac('sha512', key).update(tokenId).digest()
    const token = { ...row, tokenId, hmac }
    this.#byId.set(tokenId, token)
    this.#ids.set(hmac.toString('base64'), tokenId)
    return token
  }

  async #remove(tokens: readonly DelegationToken[]): Promise<void> {
    for (const { tokenId, hmac } of tokens) {
      this.#byId.delete(tokenId)
      this.#ids.delete(hmac.toString('base64'))
    }
    await this.#options.metadata.commit(
      tokens.map(({ tokenId }) => ({ kind: 'delegationToken', key: tokenId, value: null })),
    )
  }

  #scheduleSweep(): void {
    const { config, clock, logger } = this.#options
    this.#sweep = clock.after(config.delegationTokenExpiryCheckIntervalMs, () => {
      this.#scheduleSweep()
      const nowMs = clock.now()
      const expired = this.all().filter(token => isExpired(token, nowMs))
      for (const { tokenId, owner } of expired) {
        logger.info({ tokenId, owner }, 'delegation token expired')
      }
      // A store that fails says so itself, and the next start removes them.
      if (expired.length > 0) this.#remove(expired).catch(() => {})
    })
  }
}
