/** Which nodes of the cluster run: all, but for those that somebody has stopped. */
export class LiveNodes {
  /** With those that are stopped, in the order of their ids. */
  readonly all: readonly number[]
  #ids: readonly number[]

  constructor(all: readonly number[]) {
    this.all = all
    this.#ids = all
  }

  /** In the order of their ids. */
  get ids(): readonly number[] {
    return this.#ids
  }

  has(nodeId: number): boolean {
    return this.#ids.includes(nodeId)
  }

  add(nodeId: number): void {
    this.#ids = this.all.filter(id => id === nodeId || this.has(id))
  }

  delete(nodeId: number): void {
    this.#ids = this.#ids.filter(id => id !== nodeId)
  }
}
