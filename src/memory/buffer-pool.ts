/**
 * Memory that is used again: what is read from logs on its way to clients, what arrives from them.
 * Fresh memory is dearer than the bytes in it: the kernel clears each page at its first touch, and
 * the garbage collector has to find out that it is free.
 */

/** Smaller buffers are not worth it, larger ones are too rare to keep. */
const smallestBytes = 64 * 1024
const largestBytes = 8 * 1024 * 1024
/** What lies idle at most. */
const maxIdleBytes = 32 * 1024 * 1024

export class BufferPool {
  /** By size, a power of two. */
  readonly #idle = new Map<number, ArrayBufferLike[]>()
  #idleBytes = 0
  readonly #taken = new WeakSet<ArrayBufferLike>()

  /** A buffer of this length, with anything in it. */
  readonly take = (bytes: number): Buffer => {
    if (bytes < smallestBytes / 2) return Buffer.allocUnsafe(bytes)
    const size = Math.max(smallestBytes, 2 ** Math.ceil(Math.log2(bytes)))
    if (size > largestBytes) return Buffer.allocUnsafeSlow(bytes)
    const idle = this.#idle.get(size)?.pop()
    if (idle !== undefined) this.#idleBytes -= size
    const memory = idle ?? Buffer.allocUnsafeSlow(size).buffer
    this.#taken.add(memory)
    return Buffer.from(memory, 0, bytes)
  }

  /** Takes back a buffer from `take` that nobody reads or writes any more. */
  give({ buffer: memory }: Buffer): void {
    const size = memory.byteLength
    if (!this.#taken.delete(memory) || this.#idleBytes + size > maxIdleBytes) return
    const idle = this.#idle.get(size)
    if (idle === undefined) this.#idle.set(size, [memory])
    else idle.push(memory)
    this.#idleBytes += size
  }
}

/** What one user takes out of a pool, and gives back at once. */
export class Lease {
  readonly #pool: BufferPool
  #taken: Buffer[] = []

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  readonly take = (bytes: number): Buffer => {
    const buffer = this.#pool.take(bytes)
    this.#taken.push(buffer)
    return buffer
  }

  readonly release = (): void => {
    for (const buffer of this.#taken) this.#pool.give(buffer)
    this.#taken = []
  }
}
