import { crypto } from '../protocol/builtins.ts'

const hashWords = 4
/** Hash and offset. */
const entryBytes = 4 * hashWords + 8
/** Past this share of its entries a table takes too long to search (Kafka's default). */
const loadFactor = 0.9

/**
 * The latest offset of each key, in a fixed number of bytes (Kafka: SkimpyOffsetMap). Keys are
 * known by 128 bits of a hash for which nobody can make two keys collide: the older one's record
 * would be lost.
 */
export class KeyMap {
  readonly #slots: number
  readonly #maxKeys: number
  readonly #hashes: Uint32Array
  /** The offset after the latest one; 0: the slot is free. */
  readonly #nextOffsets: Float64Array
  /** Of the key that was asked for last. */
  readonly #hash = new Uint32Array(hashWords)
  #keys = 0

  /** For so many keys, or fewer where that is what `maxBytes` hold: one at least. */
  constructor(keys: number, maxBytes: number) {
    const maxSlots = Math.floor(maxBytes / entryBytes)
    this.#slots = Math.max(2, Math.min(maxSlots, Math.ceil(keys / loadFactor) + 1))
    this.#maxKeys = Math.max(1, Math.floor(this.#slots * loadFactor))
    this.#hashes = new Uint32Array(hashWords * this.#slots)
    this.#nextOffsets = new Float64Array(this.#slots)
  }

  /** The latest offset of a key, or -1. */
  get(key: Buffer): number {
    return this.#nextOffsets[this.#slotOf(key)]! - 1
  }

  /** Notes that a key's latest offset is this one; false when there is no room for the key. */
  put(key: Buffer, offset: number): boolean {
    const slot = this.#slotOf(key)
    if (this.#nextOffsets[slot] === 0) {
      if (this.#keys === this.#maxKeys) return false
      this.#keys++
      this.#hashes.set(this.#hash, hashWords * slot)
    }
    this.#nextOffsets[slot] = offset + 1
    return true
  }

  /** Where the key is, or where it would be; `#hash` is its hash then. */
  #slotOf(key: Buffer): number {
    const digest = crypto().hash('sha256', key, 'buffer')
    for (let i = 0; i < hashWords; i++) this.#hash[i] = digest.readUInt32LE(4 * i)
    let slot = this.#hash[0]! % this.#slots
    while (this.#nextOffsets[slot] !== 0 && !this.#isAt(slot)) {
      slot = slot + 1 === this.#slots ? 0 : slot + 1
    }
    return slot
  }

  #isAt(slot: number): boolean {
    const at = hashWords * slot
    for (let i = 0; i < hashWords; i++) if (this.#hashes[at + i] !== this.#hash[i]) return false
    return true
  }
}
