import { AppendOrder } from './append-order.ts'

/**
 * Keeps the batches of each producer in the order in which they came, where some wait to be let
 * into a transaction. Those of other producers do not wait for them.
 */
export class ProducerTurns {
  readonly #orders = new Map<number, { order: AppendOrder; pending: number }>()

  /** Calls `append` once `admitted` resolves and what came before of this producer was appended. */
  async run<Result>(
    producerId: number,
    admitted: Promise<void> | undefined,
    append: () => Promise<Result>,
  ): Promise<Result> {
    let turn = this.#orders.get(producerId)
    if (turn === undefined) {
      if (admitted === undefined) return append()
      this.#orders.set(producerId, (turn = { order: new AppendOrder(), pending: 0 }))
    }
    turn.pending++
    try {
      return await turn.order.run(admitted, append)
    } finally {
      if (--turn.pending === 0) this.#orders.delete(producerId)
    }
  }
}
