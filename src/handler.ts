/** What every handler of an API is made of, and what it can reach. */
import type { Api, ApiRange } from '../protocol/api.ts'
import type { Acls } from './auth/acls.ts'
import type { Authorizer } from './auth/authorizer.ts'
import type { DelegationTokens } from './auth/delegation-tokens.ts'
import type { Audit } from './audit/audit.ts'
import type { SlowDisk } from './chaos/slow-disk.ts'
import type { ClientQuotas } from './auth/quotas.ts'
import type { ScramCredentials } from './auth/scram-credentials.ts'
import type { BufferPool } from './memory/buffer-pool.ts'
import type { Call } from './call.ts'
import type { Clock } from './clock.ts'
import type { Cluster } from './cluster.ts'
import type { Config } from './config.ts'
import type { DynamicConfigs } from './dynamic-configs.ts'
import type { Features } from './features.ts'
import type { Faults } from './faults/faults.ts'
import type { FetchSessions } from './fetch-sessions.ts'
import type { GroupCoordinator } from './groups/coordinator.ts'
import type { LateConsumers } from './late-consumers.ts'
import type { Logger } from './logger.ts'
import type { MetadataLog } from './metadata-log.ts'
import type { RequestMetrics } from './metrics/request-metrics.ts'
import type { Reassignments } from './reassignments.ts'
import type { SharePartitions } from './share-partitions/share-partitions.ts'
import type { ShareStates } from './share-partitions/share-states.ts'
import type { StateTopic } from './state-topics/state-topic.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import type { Throttles } from './throttling/throttles.ts'
import type { TlsListeners } from './tls/tls-listeners.ts'
import type { Topics } from './topics.ts'
import type { Trace } from './trace/trace.ts'
import type { TransactionCoordinator } from './transactions/coordinator.ts'

/** What handlers reach. */
export interface Services {
  readonly config: Config
  readonly lateConsumers: LateConsumers
  readonly dynamicConfigs: DynamicConfigs
  readonly tls: TlsListeners
  readonly logger: Logger
  readonly clock: Clock
  /** For what somebody outside waits for: nobody moves this one. */
  readonly realClock: Clock
  readonly cluster: Cluster
  readonly topics: Topics
  readonly reassignments: Reassignments
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly offsetsTopic: StateTopic
  readonly transactionsTopic: StateTopic
  readonly fetchSessions: FetchSessions
  readonly shareStates: ShareStates
  readonly sharePartitions: SharePartitions
  readonly authorizer: Authorizer
  readonly delegationTokens: DelegationTokens
  /** Undefined without `authorizer.class.name`. */
  readonly acls: Acls | undefined
  readonly audit: Pick<Audit, 'record'>
  readonly quotas: ClientQuotas
  readonly throttles: Throttles
  readonly scramCredentials: ScramCredentials
  readonly telemetry: Telemetry
  /** The APIs that are served, for ApiVersions. */
  readonly apis: readonly ApiRange[]
  readonly features: Features
  readonly metadataLog: MetadataLog
  readonly faults: Faults
  /** Undefined where the broker is not for development, as is the trace. */
  readonly disk: SlowDisk | undefined
  readonly trace: Trace | undefined
  /** Undefined where nobody can ask for it. */
  readonly requestMetrics: RequestMetrics | undefined
  /** For record data on its way from storage to clients. */
  readonly buffers: BufferPool
}

export type Context = Services & Call

export interface Handler {
  readonly api: Api
  /** The next request of the connection may start before this one is answered. */
  readonly overlaps: boolean
  /** Nothing refers to the bytes of the request once it is answered: their memory is used again. */
  readonly releasesRequest: boolean
  run(request: unknown, context: Context): unknown
  fail(
    errorCode: number,
    request: unknown,
    version: number,
    api: ApiRange,
    denial: string | null,
  ): unknown
}

/**
 * Declares the handler of an API. `run` does everything that fixes order before its first await;
 * undefined means that this request gets no reply. `fail` makes the reply for an error that holds
 * for the whole request; `denial` says what right the client lacks, if that is the error.
 */
export function handle<Request, RequestIn, Response, ResponseIn>(
  api: Api<Request, RequestIn, Response, ResponseIn>,
  handler: {
    run(
      request: Request,
      context: Context,
    ): ResponseIn | undefined | Promise<ResponseIn | undefined>
    fail(
      errorCode: number,
      request: Request,
      version: number,
      api: ApiRange,
      denial: string | null,
    ): ResponseIn
    overlaps?: boolean
    releasesRequest?: boolean
  },
): Handler {
  return { overlaps: false, releasesRequest: false, ...handler, api } as unknown as Handler
}

/** Thrown by a handler whose client gets no error reply and must notice: closes the connection. */
export class Disconnect extends Error {
  override readonly name = 'Disconnect'
}
