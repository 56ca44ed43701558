import { crypto } from '../../protocol/builtins.ts'

/** A longer key is kept as its hash: a client id may have 32 KB. */
const maxKeyLength = 100

interface Forgettable {
  /** A new one would say the same. */
  isSpent(nowMs: number): boolean
}

/**
 * What is known of each client, for as long as it says anything, and of `maxEntries` clients at
 * most: whoever makes up names costs no memory. Those are forgotten first that were not heard of
 * for the longest time.
 */
export class Remembered<T extends Forgettable> {
  readonly #create: () => T
  readonly #maxEntries: () => number
  /** In the order in which they were last asked for. */
  readonly #entries = new Map<string, T>()

  constructor(create: () => T, maxEntries: () => number) {
    this.#create = create
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#entries.size
  }

  get(name: string, nowMs: number): T {
    const key = name.length > maxKeyLength ? crypto().hash('sha256', name, 'base64') : name
    const known = this.#entries.get(key)
    if (known === undefined) this.#makeRoom(nowMs)
    else this.#entries.delete(key)
    const entry = known ?? this.#create()
    this.#entries.set(key, entry)
    return entry
  }

  #makeRoom(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size < this.#maxEntries() && !entry.isSpent(nowMs)) return
      this.#entries.delete(key)
    }
  }
}
