/** A bell: `rung` resolves when it has been rung since the last reset. */
export class Wake {
  #resolve: () => void = () => {}
  rung: Promise<void> = Promise.resolve()

  readonly ring = (): void => this.#resolve()

  reset(): void {
    this.rung = new Promise(resolve => {
      this.#resolve = resolve
    })
  }
}
