import { memberKey, parseMemberKey } from '../../storage/metadata-store.ts'
import { closedByBroker } from '../call.ts'

/**
 * Which connection each member has used last. When that one closes, the member is gone: a process
 * that was killed says no goodbye, and its successor should not wait for the end of its session.
 */
export class Presence {
  /** By group and member id. */
  readonly #connections = new Map<string, AbortSignal>()
  /** The members that have used a connection that is still open. */
  readonly #members = new WeakMap<AbortSignal, Set<string>>()
  readonly #evict: (groupId: string, memberId: string) => void

  constructor(evict: (groupId: string, memberId: string) => void) {
    this.#evict = evict
  }

  /** `closed` is aborted when the connection is. */
  seen(groupId: string, memberId: string, closed: AbortSignal): void {
    if (memberId === '') return
    const key = memberKey(groupId, memberId)
    if (this.#connections.get(key) === closed) return
    this.#connections.set(key, closed)
    if (closed.aborted) return this.#gone(key, closed)
    this.#membersOf(closed).add(key)
  }

  #membersOf(closed: AbortSignal): Set<string> {
    const known = this.#members.get(closed)
    if (known !== undefined) return known
    const members = new Set<string>()
    this.#members.set(closed, members)
    const onClose = (): void => {
      // Then the member is there as before, and comes to the group on another node.
      if (closed.reason !== closedByBroker) members.forEach(key => this.#gone(key, closed))
    }
    closed.addEventListener('abort', onClose, { once: true })
    return members
  }

  #gone(key: string, closed: AbortSignal): void {
    if (this.#connections.get(key) !== closed) return
    this.#connections.delete(key)
    this.#evict(...parseMemberKey(key))
  }
}
