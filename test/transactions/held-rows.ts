import type { Change, MetadataStore, TransactionRow } from '../../storage/metadata-store.ts'

/** Rows of transactions, whose commits can be made to wait. */
export class HeldRows implements Pick<MetadataStore, 'commit'> {
  readonly stored = new Map<string, TransactionRow>()
  commits = 0
  #held: (() => void)[] | undefined

  async commit(changes: readonly Change[]): Promise<void> {
    this.commits++
    if (this.#held !== undefined) await new Promise<void>(resolve => this.#held!.push(resolve))
    for (const { kind, key, value } of changes) {
      if (kind !== 'transaction') throw new Error(`a row of ${kind}`)
      if (value === null) this.stored.delete(key)
      else this.stored.set(key, value)
    }
  }

  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const resolve of held) resolve()
  }

  /** What waits is lost. */
  crash(): void {
    this.#held = undefined
  }
}
