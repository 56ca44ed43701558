import type { Api } from '../../protocol/api.ts'
import { readResponseHeader, writeRequestHeader } from '../../protocol/header.ts'
import { Reader, Writer } from '../../protocol/wire.ts'
import { anonymous } from '../../src/auth/principal.ts'
import { Authorizer } from '../../src/auth/authorizer.ts'
import { createConfig, groupConfig } from '../../src/config.ts'
import { createDispatch } from '../../src/dispatch.ts'
import type { Services } from '../../src/handler.ts'
import { GroupCoordinator } from '../../src/groups/coordinator.ts'
import { handlers } from '../../src/handlers/index.ts'
import { ShareStates } from '../../src/share-partitions/share-states.ts'
import { silentLogger } from '../../src/logger.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { idleServices } from '../doubles/idle-services.ts'
import { HeldStore } from '../groups/held-store.ts'
import { topics } from '../groups/topics.ts'
import { loadHandlers } from '../../src/served-api.ts'

// Nobody waits for a file while time stands still.
await loadHandlers(handlers)

/** A client of a group coordinator: real frames through the real dispatch, without a socket. */
export class GroupClient {
  readonly clock = new ManualClock()
  readonly store = new HeldStore()
  readonly groups: GroupCoordinator
  readonly #dispatch

  constructor() {
    const { clock, store: metadata } = this
    const { config } = createConfig([{ name: 'node.id', value: '5', origin: 'test' }])
    const logger = silentLogger
    let ids = 0
    const random = { uuid: () => `uuid-${++ids}`, id: () => `id-${++ids}` }
    const shareStates = new ShareStates([], metadata)
    this.groups = new GroupCoordinator({
      shareStates,
      config,
      groupConfig: () => groupConfig({}, config),
      topics,
      metadata,
      clock,
      random,
      logger,
    })
    const services: Partial<Record<keyof Services, unknown>> = {
      ...idleServices,
      config,
      clock,
      logger,
      topics,
      groups: this.groups,
      authorizer: new Authorizer(),
      offsetsTopic: { create: () => {} },
      transactionsTopic: { create: () => {} },
      cluster: { coordinates: () => true, checkCoordinator: () => {}, coordinatorOf: () => 5 },
    }
    this.#dispatch = createDispatch(handlers, services as unknown as Services)
  }

  async send<Request, RequestIn, Response, ResponseIn>(
    api: Api<Request, RequestIn, Response, ResponseIn>,
    apiVersion: number,
    body: RequestIn,
  ): Promise<Response> {
    const header = { apiKey: api.key, apiVersion, correlationId: 1, clientId: 'app' }
    const writer = new Writer()
    writeRequestHeader(writer, header, api.isFlexible(apiVersion))
    api.requestCodec(apiVersion).encode(writer, body)
    const { reply } = this.#dispatch(Buffer.concat(writer.finish()), {
      clientHost: '/10.0.0.1',
      clientPort: 50_000,
      principal: anonymous,
      listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
      software: { name: 'unknown', version: 'unknown' },
      nodeId: 5,
      nodes: () => [{ id: 5, host: 'broker.test', port: 9092 }],
      replyMemory: { reserve: ({ wantedBytes }) => wantedBytes, unreserve: () => {} },
      closed: new AbortController().signal,
    })
    const reader = new Reader(Buffer.concat((await reply)!).subarray(4))
    readResponseHeader(reader, api.hasFlexibleResponseHeader(apiVersion))
    return api.responseCodec(apiVersion).decode(reader)
  }
}

/** All versions of an API. */
export function versionsOf({ versions: [first, last] }: Pick<Api, 'versions'>): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
