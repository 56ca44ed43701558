/** The keys that verify tokens: a JSON Web Key Set (RFC 7517) at an address, or in a file. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../clock.ts'
import { Disconnect } from '../../handler.ts'
import type { Logger } from '../../logger.ts'

export interface JwksOptions {
  /** Where they are, for people. */
  url: string
  /** Rejects where they cannot be had. */
  read: () => Promise<string>
  clock: Pick<Clock, 'monotonic'>
  logger: Pick<Logger, 'info' | 'warn'>
  /** How old they may be. */
  refreshMs: number
  /** After keys could not be had, so long nobody asks for them; twice as long each time. */
  retryBackoffMs: number
  retryBackoffMaxMs: number
}

/** How often keys are asked for because of a token whose key nobody knows: strangers make those. */
const unknownKeyIntervalMs = 30_000

/**
 * Keys that were had once are good until there are others (Kafka: RefreshingHttpsJwks). They are
 * asked for when a token needs them, so that nobody waits for keys of a broker without clients.
 */
export class Jwks {
  readonly #options: JwksOptions
  #keys: JWTVerifyGetKey | undefined
  #text = ''
  #readAtMs = -Infinity
  #backoffMs = 0
  #retryAtMs = -Infinity
  #searchedAtMs = -Infinity
  #reading: Promise<void> | undefined

  constructor(options: JwksOptions) {
    this.#options = options
  }

  /** Rejects with an error of jose for a key that nobody knows. */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    const { clock, refreshMs } = this.#options
    if (clock.monotonic() - this.#readAtMs >= refreshMs) await this.refresh()
    try {
      return await this.#present()(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#maySearch()) throw error
      await this.refresh()
      return this.#present()(header, token)
    }
  }

  /** Never rejects: that the keys cannot be had is told to the log. */
  refresh(): Promise<void> {
    if (this.#options.clock.monotonic() < this.#retryAtMs) return Promise.resolve()
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Throws a Disconnect before there are any: whether the token is good cannot be said. */
  #present(): JWTVerifyGetKey {
    if (this.#keys === undefined) throw new Disconnect('the keys for tokens could not be had')
    return this.#keys
  }

  #maySearch(): boolean {
    const nowMs = this.#options.clock.monotonic()
    if (nowMs - this.#searchedAtMs < unknownKeyIntervalMs) return false
    this.#searchedAtMs = nowMs
    return true
  }

  async #read(): Promise<void> {
    const { url, read, clock, logger, retryBackoffMs, retryBackoffMaxMs } = this.#options
    try {
      const text = await read()
      if (text !== this.#text) {
        this.#keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
        this.#text = text
        logger.info({ url }, 'keys for tokens of OAUTHBEARER')
      }
      this.#readAtMs = clock.monotonic()
      this.#backoffMs = 0
    } catch (error) {
      this.#backoffMs = Math.min(Math.max(2 * this.#backoffMs, retryBackoffMs), retryBackoffMaxMs)
      this.#retryAtMs = clock.monotonic() + this.#backoffMs
      const reason = (error as Error).message
      logger.warn({ url, reason }, 'the keys for tokens of OAUTHBEARER cannot be had')
    }
  }
}
