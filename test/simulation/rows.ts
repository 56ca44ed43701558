/** The rows of a broker whose machine may stop at any commit; what was stored outlives it. */
import type { Change, MetadataStore, StoredRow } from '../../storage/metadata-store.ts'
import type { Machine } from '../doubles/faulty-fs.ts'

export class SurvivingRows {
  readonly #rows = new Map<string, StoredRow>()

  /**
   * One row after the other, as SQLite commits them. `onCommit` sees the changes before they are
   * stored.
   */
  open(machine: Machine, onCommit: (changes: readonly Change[]) => void): MetadataStore {
    const rows = this.#rows
    let last: Promise<void> = Promise.resolve()
    return {
      async *load() {
        for (const { kind, key, text } of rows.values()) {
          yield { kind, key, value: JSON.parse(text) }
        }
      },

      commit(changes) {
        onCommit(changes)
        const stored = changes.map(({ kind, key, value }) => {
          return { kind, key, text: value === null ? undefined : JSON.stringify(value) }
        })
        last = last.then(() =>
          machine.run('commit', 'rows', () => {
            for (const { kind, key, text } of stored) {
              if (text === undefined) rows.delete(`${kind}:${key}`)
              else rows.set(`${kind}:${key}`, { kind, key, text })
            }
          }),
        )
        return last
      },

      /** Those that are stored: nobody takes a snapshot here. */
      rows: () => [...rows.values()],

      close: () => last,
    }
  }
}
