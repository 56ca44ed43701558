/** A producer without transactions: each of its records is to be there once, and in order. */
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errorName } from '../../protocol/errors.ts'
import { BatchSender, type NewWrite } from './batches.ts'
import { Fenced } from './client.ts'

export class IdempotentProducer extends BatchSender {
  protected readonly produceVersion = 13

  async initialize(): Promise<void> {
    const { producerId, producerEpoch } = await this.persist('InitProducerId', async () => {
      const request = { transactionalId: null, transactionTimeoutMs: 60_000 }
      const response = await this.connection.request(initProducerId, 5, request)
      return this.isRetriable(response.errorCode) ? undefined : response
    })
    this.useEpoch(producerId, producerEpoch)
  }

  async send(batches: readonly (readonly NewWrite[])[]): Promise<void> {
    for (const batch of batches) this.enqueue(batch, undefined)
    await this.flush()
  }

  protected refused(what: string, errorCode: number): Error {
    this.world.history.report(`${this.name}: ${what}: ${errorName(errorCode)}`)
    return new Fenced(what)
  }
}
