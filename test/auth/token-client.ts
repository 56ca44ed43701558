import type { Api } from '../../protocol/api.ts'
import { encodeRequest } from '../../protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../protocol/header.ts'
import { Reader, Writer } from '../../protocol/wire.ts'
import { DelegationTokens } from '../../src/auth/delegation-tokens.ts'
import { principalText, type Principal } from '../../src/auth/principal.ts'
import type { Rule } from '../../src/auth/required.ts'
import type { Call } from '../../src/call.ts'
import { createConfig } from '../../src/config.ts'
import type { SecurityProtocol } from '../../src/config/listeners.ts'
import { createDispatch } from '../../src/dispatch.ts'
import type { Services } from '../../src/handler.ts'
import { handlers } from '../../src/handlers/index.ts'
import { systemRandom } from '../../src/random.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import type { DelegationTokenRow } from '../../storage/metadata-store.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { idleServices } from '../doubles/idle-services.ts'

/** Delegation tokens behind the real dispatch, asked by whomever a test wants to be. */
export class TokenBroker {
  readonly clock = new ManualClock()
  readonly metadata = createMemoryMetadataStore()
  readonly logged: unknown[] = []
  /** As 'operation resource name', by principal. */
  readonly allowed = new Map<string, string[]>()
  tokens: DelegationTokens
  readonly #settings: Readonly<Record<string, string>>

  constructor(settings: Readonly<Record<string, string>> = {}, { key = 'the secret key' } = {}) {
    this.#settings = key === '' ? settings : { 'delegation.token.secret.key': key, ...settings }
    this.tokens = this.#open()
  }

  #open(): DelegationTokens {
    const { clock, metadata } = this
    const settings = Object.entries(this.#settings).map(([name, value]) => {
      return { name, value, origin: 'test' }
    })
    const { config } = createConfig(settings)
    const logger = { info: (details: object) => this.logged.push(details) }
    return new DelegationTokens({ config, clock, metadata, random: systemRandom, logger })
  }

  async restart(): Promise<void> {
    this.tokens.close()
    this.tokens = this.#open()
    this.tokens.load(await this.rows())
  }

  async rows(): Promise<Map<string, DelegationTokenRow>> {
    const rows = new Map<string, DelegationTokenRow>()
    for await (const { kind, key, value } of this.metadata.load()) {
      if (kind === 'delegationToken' && value !== null) rows.set(key, value)
    }
    return rows
  }

  as(name: string, how: { fromToken?: boolean; protocol?: SecurityProtocol } = {}) {
    const { fromToken = false, protocol = 'SASL_PLAINTEXT' } = how
    const principal: Principal = { type: 'User', name, fromToken }
    const authorizer = {
      allows: (_: Call, { operation, resource }: Rule, resourceName: string) =>
        this.allowed
          .get(principalText(principal))
          ?.includes(`${operation} ${resource} ${resourceName}`) ?? false,
    }
    const services: Partial<Record<keyof Services, unknown>> = {
      ...idleServices,
      delegationTokens: this.tokens,
      authorizer,
      audit: { record: () => {} },
    }
    const dispatch = createDispatch(handlers, services as unknown as Services)
    return async <RequestIn, Response, ResponseIn>(
      api: Api<unknown, RequestIn, Response, ResponseIn>,
      body: RequestIn,
      version = api.versions[1],
    ): Promise<Response> => {
      const header = { apiKey: api.key, apiVersion: version, correlationId: 1, clientId: 'app' }
      const writer = new Writer()
      writeRequestHeader(writer, header, api.isFlexible(version))
      const frame = Buffer.concat([...writer.finish(), encodeRequest(api, version, body)])
      const { reply } = dispatch(frame, {
        clientHost: '/10.0.0.1',
        clientPort: 50_000,
        principal,
        listener: { name: protocol, protocol },
        software: { name: 'unknown', version: 'unknown' },
        nodeId: 1,
        nodes: () => [],
        replyMemory: { reserve: ({ wantedBytes }) => wantedBytes, unreserve: () => {} },
        closed: new AbortController().signal,
      })
      const reader = new Reader(Buffer.concat((await reply)!).subarray(4))
      readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
      return api.responseCodec(version).decode(reader)
    }
  }
}
