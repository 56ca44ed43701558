/** Which of the quotas of one kind holds for a client (Kafka: ClientQuotaManager). */
import type { QuotaEntity } from '../auth/quota-rules.ts'

export interface FoundQuota {
  /** Who shares the quota has the same key. */
  readonly key: string
  readonly limit: number
}

/** A name; null: whoever has no quota of its own; undefined: the quota does not ask for it. */
type Name = string | null | undefined

/**
 * The most specific quota counts: first those of the user (for this client, for any client of his,
 * for all of them together), then those of users without own ones, in the same order, and at last
 * those of the client id alone.
 */
export class QuotaTable {
  readonly #byUser = new Map<Name, Map<Name, number>>()

  /** Of the user or the client, or both, that the entity names. */
  add(entity: QuotaEntity, limit: number): void {
    const user = entity.get('user')
    const byClient = this.#byUser.get(user) ?? new Map<Name, number>()
    this.#byUser.set(user, byClient.set(entity.get('client-id'), limit))
  }

  get isEmpty(): boolean {
    return this.#byUser.size === 0
  }

  /** Undefined where there is none for this client. */
  find(user: string, clientId: string): FoundQuota | undefined {
    for (const userName of [user, null, undefined]) {
      const byClient = this.#byUser.get(userName)
      if (byClient === undefined) continue
      for (const clientName of [clientId, null, undefined]) {
        const limit = byClient.get(clientName)
        if (limit === undefined) continue
        const sharers = { user: userName !== undefined, clientId: clientName !== undefined }
        return { key: keyOf(sharers.user && user, sharers.clientId && clientId), limit }
      }
    }
    return undefined
  }
}

/** The same for nobody else, whatever names there are. */
function keyOf(user: string | false, clientId: string | false): string {
  if (user === false) return `client:${clientId}`
  return clientId === false ? `user:${user}` : `${user.length}:${user}:${clientId}`
}
