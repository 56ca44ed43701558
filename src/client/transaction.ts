/** One transaction of a producer: which partitions are in it, and how it ends (KIP-98). */
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import type { Client } from './client.ts'

interface TransactionalProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Later ones are for brokers. */
const lastVersionForClients = 3
/** Later ones give the producer its next epoch (KIP-890). */
const lastVersionWithOneEpoch = 4

export class Transaction {
  readonly #client: Client
  readonly #producer: TransactionalProducer
  readonly #added = new Map<string, Promise<void>>()

  constructor(client: Client, producer: TransactionalProducer) {
    this.#client = client
    this.#producer = producer
  }

  /** Before the first batch of a partition. */
  async add(topic: string, partition: number): Promise<void> {
    const key = `${partition}/${topic}`
    const known = this.#added.get(key)
    if (known !== undefined) return known
    const adding = this.#add(topic, partition)
    this.#added.set(key, adding)
    return adding
  }

  async end(result: 'commit' | 'abort'): Promise<void> {
    if (this.#added.size === 0) return
    const body = { ...this.#producer, committed: result === 'commit' }
    await this.#client.send(endTxn, body, {
      to: { transactionalId: this.#producer.transactionalId },
      maxVersion: lastVersionWithOneEpoch,
      check({ errorCode }) {
        if (errorCode !== errors.NONE) throw new KafkaError(errorName(errorCode))
      },
    })
  }

  async #add(topic: string, partition: number): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = this.#producer
    const body = {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    }
    await this.#client.send(addPartitionsToTxn, body, {
      to: { transactionalId },
      maxVersion: lastVersionForClients,
      check({ resultsByTopicV3AndBelow: results }) {
        const code = results[0]!.resultsByPartition[0]!.partitionErrorCode
        if (code !== errors.NONE) throw new KafkaError(errorName(code))
      },
    })
  }
}
