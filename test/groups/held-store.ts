import type { GroupRows } from '../../src/groups/coordinator.ts'
import type { Change, MetadataStore } from '../../storage/metadata-store.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'

/** A metadata store that can be made to wait with its commits, or to fail. */
export class HeldStore {
  readonly #rows: MetadataStore = createMemoryMetadataStore()
  #held: (() => void)[] | undefined
  #failure: Error | undefined
  commits = 0

  async commit(changes: readonly Change[]): Promise<void> {
    this.commits++
    if (this.#held !== undefined) await new Promise<void>(resolve => this.#held!.push(resolve))
    if (this.#failure !== undefined) throw this.#failure
    await this.#rows.commit(changes)
  }

  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const resolve of held) resolve()
  }

  releaseOne(): void {
    this.#held!.shift()!()
  }

  fail(): void {
    this.#failure = new Error('disk full')
    this.release()
  }

  /** What a restart finds. */
  async load(): Promise<GroupRows> {
    const rows = {
      group: new Map(),
      groupMember: new Map(),
      offset: new Map(),
      pendingOffset: new Map(),
    }
    for await (const { kind, key, value } of this.#rows.load()) {
      if (kind in rows) rows[kind as keyof GroupRows].set(key, value)
    }
    return rows
  }
}
