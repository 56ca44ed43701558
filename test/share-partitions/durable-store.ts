import { settleAll } from './settle.ts'
import type { Change, ShareStateRow } from '../../storage/metadata-store.ts'

/** A store whose commits are durable when it is told so; what is not, a crash loses. */
export class DurableStore {
  readonly rows = new Map<string, ShareStateRow>()
  #waiting: { changes: readonly Change[]; resolve: () => void }[] = []
  /** Commits are durable at once. */
  isPrompt = true

  async commit(changes: readonly Change[]): Promise<void> {
    if (this.isPrompt) return this.#apply(changes)
    const copy = structuredClone(changes)
    await new Promise<void>(resolve => this.#waiting.push({ changes: copy, resolve }))
  }

  get pending(): number {
    return this.#waiting.length
  }

  /** The first of the commits that wait becomes durable; and whatever follows from that happens. */
  async flushOne(): Promise<void> {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#apply(next.changes)
    next.resolve()
    await settleAll()
  }

  crash(): void {
    this.#waiting = []
  }

  #apply(changes: readonly Change[]): void {
    for (const { kind, key, value } of changes) {
      if (kind !== 'shareState') continue
      if (value === null) this.rows.delete(key)
      else this.rows.set(key, value)
    }
  }
}
