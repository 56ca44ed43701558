/**
 * Consumers that were in a group when a broker was reset, and go on as if nothing had happened:
 * without a member id they would join again, and read by name what is not meant for them.
 */
import { KafkaError } from '../protocol/errors.ts'
import type { ClassicGroupRow, MemberRow, StoredRow } from '../storage/metadata-store.ts'
import type { Caller } from './dispatch.ts'
import type { Way } from './faults/intervene.ts'

/** What only consumers send; of them, joining is refused for good. */
const consuming: Readonly<Record<string, (request: never) => KafkaError | undefined>> = {
  Fetch: () => new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'),
  ShareFetch: () => new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'),
  JoinGroup: () => new KafkaError('FENCED_INSTANCE_ID'),
  ConsumerGroupHeartbeat: joining,
  ShareGroupHeartbeat: joining,
  StreamsGroupHeartbeat: joining,
  // The group does not know them.
  SyncGroup: () => undefined,
  Heartbeat: () => undefined,
}

/** That its group is gone would be the end of a client that may join again. */
function joining({ memberEpoch }: { memberEpoch: number }): KafkaError {
  return new KafkaError(memberEpoch === 0 ? 'FENCED_INSTANCE_ID' : 'UNKNOWN_MEMBER_ID')
}

export class LateConsumers {
  /** Rises whenever the broker begins anew. */
  #era = 0
  /** Of clients that were in a group when an era began, the last such era. */
  readonly #lateBefore = new Map<string, { era: number; mayRejoin: boolean }>()

  /** From now on, these clients are late on connections that were open before. */
  begin(clientIds: ReadonlySet<string>, { mayRejoin }: { mayRejoin: boolean }): void {
    this.#era++
    for (const id of clientIds) this.#lateBefore.set(id, { era: this.#era, mayRejoin })
  }

  /**
   * The way of a request of a late consumer: it reads nothing, joins nothing and creates no topic.
   * One that may join again learns that it is no member, and is not late when it joins.
   * The way stays as it is for all others, such as producers that live on.
   */
  intervene(way: Way, caller: Caller): Way {
    const { name } = way.handler.api
    caller.era ??= this.#era
    const refusalOf = consuming[name]
    if (refusalOf !== undefined) caller.consumes = true
    const late = this.#lateBefore.get(way.context.clientId)
    if (late === undefined || caller.era >= late.era || caller.consumes !== true) return way
    const refusal = refusalOf?.(way.request as never)
    if (late.mayRejoin) {
      if (refusal?.error === 'UNKNOWN_MEMBER_ID') return refused(way, refusal)
      if (refusal?.error === 'FENCED_INSTANCE_ID') caller.era = this.#era
      return way
    }
    if (name === 'Metadata') {
      return { ...way, request: { ...(way.request as object), allowAutoTopicCreation: false } }
    }
    return refusal === undefined ? way : refused(way, refusal)
  }
}

function refused(way: Way, refusal: KafkaError): Way {
  return { ...way, handler: { ...way.handler, run: () => Promise.reject(refusal) } }
}

/** The ids of the clients that are members of groups. */
export function clientsInGroups(rows: readonly StoredRow[]): Set<string> {
  const ids = new Set<string>()
  for (const { kind, text } of rows) {
    if (kind === 'groupMember') ids.add((JSON.parse(text) as MemberRow).clientId)
    if (kind !== 'group') continue
    const { members = [] } = JSON.parse(text) as Partial<ClassicGroupRow>
    for (const { clientId } of members) ids.add(clientId)
  }
  return ids
}
