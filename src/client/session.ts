/** A connection that has agreed on versions with its broker, and that has been let in. */
import type { Api } from '../../protocol/api.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { Reader } from '../../protocol/wire.ts'
import { version as clientSoftwareVersion } from '../version.ts'
import { addressText, type BrokerAddress } from './address.ts'
import type { Callable } from './callable.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { ConnectFailure, ConnectionLost, UnsupportedRequest } from './failures.ts'
import { highestCommonVersion, type VersionLimits } from './versions.ts'

export type ApiVersionsAnswer = Infer<typeof apiVersions.response>

export interface SessionOptions extends ConnectionOptions {
  readonly requestTimeoutMs: number
  /** Undefined without SASL. */
  readonly authenticate: Authenticate | undefined
}

/** Resolves with how long it is valid, in milliseconds; 0 for as long as the connection is. */
export type Authenticate = (session: Session) => Promise<number>

/** Of the time that an authentication is valid, when it is done again (KIP-368). */
const reauthenticationShare = 0.85

export class Session {
  readonly #connection: Connection
  readonly #options: SessionOptions
  #versions: ApiVersionsAnswer | undefined
  #authenticateAgainAtMs = Infinity
  /** Anything but its versions. */
  #hasAnswered = false

  private constructor(connection: Connection, options: SessionOptions) {
    this.#connection = connection
    this.#options = options
  }

  /** Throws a ConnectFailure, also for a broker that is none or does not let us in. */
  static async open(address: BrokerAddress, options: SessionOptions): Promise<Session> {
    const session = new Session(await Connection.open(address, options), options)
    try {
      session.#versions = await session.#negotiate()
      await session.#authenticate()
      return session
    } catch (error) {
      session.close()
      if (!(error instanceof ConnectionLost)) throw error
      throw new ConnectFailure(
        `${error.message} before it answered. Does it want TLS or SASL` +
          ' (security.protocol=SSL, SASL_PLAINTEXT or SASL_SSL)? Is it a broker?',
      )
    }
  }

  get address(): BrokerAddress {
    return this.#connection.address
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  /** The broker's answer to ApiVersions. */
  get versions(): ApiVersionsAnswer {
    return this.#versions!
  }

  /** Throws an UnsupportedRequest where client and broker have no version in common. */
  versionOf(api: Pick<Api, 'key' | 'name' | 'versions'>, limits: VersionLimits = {}): number {
    const range = this.versions.apiKeys.find(({ apiKey }) => apiKey === api.key)
    const version = highestCommonVersion(api, range, limits)
    if (typeof version === 'number') return version
    throw new UnsupportedRequest(`${addressText(this.address)} ${version}`)
  }

  async request<In, Out>(
    api: Callable<In, Out>,
    body: In,
    options: VersionLimits & { timeoutMs?: number } = {},
  ): Promise<Out> {
    if (this.#options.clock.monotonic() >= this.#authenticateAgainAtMs) await this.#authenticate()
    const { timeoutMs = this.#options.requestTimeoutMs } = options
    const version = this.versionOf(api, options)
    try {
      const answer = await this.#connection.request(api, version, body, timeoutMs)
      this.#hasAnswered = true
      return answer
    } catch (error) {
      throw this.#hasAnswered || !(error instanceof ConnectionLost) ? error : this.#unheard(error)
    }
  }

  /** A broker that wants SASL tells its versions to anybody, and hangs up on what comes then. */
  #unheard({ message }: ConnectionLost): ConnectFailure {
    const advice =
      this.#options.authenticate === undefined
        ? 'Does it want to know who you are (security.protocol=SASL_PLAINTEXT or SASL_SSL)?'
        : 'Is it about to stop?'
    return new ConnectFailure(`${message} at the first request. ${advice}`)
  }

  /** As `Connection.sendUnanswered`. */
  async sendUnanswered<In>(
    api: Callable<In, unknown>,
    body: In,
    limits: VersionLimits = {},
  ): Promise<void> {
    await this.#connection.sendUnanswered(api, this.versionOf(api, limits), body)
  }

  close(): void {
    this.#connection.close()
  }

  async #negotiate(): Promise<ApiVersionsAnswer> {
    const [first, latest] = apiVersions.versions
    const answer = await this.#askVersions(latest)
    if (answer.errorCode !== errors.UNSUPPORTED_VERSION) return checkedAnswer(answer)
    // An older broker says in version 0 which ones it has (KIP-511), or nothing at all.
    const range = answer.apiKeys.find(({ apiKey }) => apiKey === apiVersions.key)
    return checkedAnswer(await this.#askVersions(Math.min(latest, range?.maxVersion ?? first)))
  }

  #askVersions(version: number): Promise<ApiVersionsAnswer> {
    const body = { clientSoftwareName: 'odradek', clientSoftwareVersion }
    const { requestTimeoutMs } = this.#options
    return this.#connection.request(readableInAnyVersion, version, body, requestTimeoutMs)
  }

  async #authenticate(): Promise<void> {
    const { authenticate, clock } = this.#options
    if (authenticate === undefined) return
    this.#authenticateAgainAtMs = Infinity
    const validMs = await authenticate(this)
    if (validMs > 0) {
      this.#authenticateAgainAtMs = clock.monotonic() + validMs * reauthenticationShare
    }
  }
}

/** The answer to a version that the broker does not have comes in version 0. */
const readableInAnyVersion = {
  ...apiVersions,
  responseCodec(version: number) {
    return {
      decode(reader: Reader): ApiVersionsAnswer {
        const start = reader.offset
        const isRefused = reader.int16() === errors.UNSUPPORTED_VERSION
        reader.offset = start
        return apiVersions.responseCodec(isRefused ? 0 : version).decode(reader)
      },
    }
  },
}

function checkedAnswer(answer: ApiVersionsAnswer): ApiVersionsAnswer {
  if (answer.errorCode === errors.NONE) return answer
  throw new KafkaError('UNSUPPORTED_VERSION', 'the broker does not tell which versions it speaks')
}
