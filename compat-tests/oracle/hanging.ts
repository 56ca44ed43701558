/** Makes a transaction that hangs: it is open in a partition, and no coordinator knows of it. */
import { setTimeout } from 'node:timers/promises'
import { produce } from '../../protocol/apis/00-produce.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { ask } from './ask.ts'
import { Connection } from './connection.ts'
import { batchOf } from './log.ts'

/** The last versions that take no part in KIP-890: clients add partitions by themselves. */
const [produceVersion, coordinatorVersion, transactionalIds] = [9, 3, 1] as const
const patienceMs = 15_000
const pauseMs = 50

export interface Hanging {
  producerId: number
  producerEpoch: number
}

/**
 * Writes into partition 0 in a transaction that was never begun, days ago. The brokers must have
 * transaction.partition.verification.enable=false meanwhile.
 */
export async function hang(bootstrapServers: string, topic: string): Promise<Hanging> {
  using bootstrap = await Connection.open(bootstrapServers)
  const transactionalId = `hanging-${topic}`
  const { host, port } = await until(errorCodeOf, () =>
    ask(bootstrap, findCoordinator, coordinatorVersion, {
      key: transactionalId,
      keyType: transactionalIds,
    }),
  )
  using coordinator = await Connection.open(`${host}:${port}`)
  const request = { transactionalId, transactionTimeoutMs: patienceMs }
  const producer = await until(errorCodeOf, () => ask(coordinator, initProducerId, 4, request))
  const { brokers, topics } = await ask(bootstrap, metadata, 9, { topics: [{ name: topic }] })
  const leaderId = topics[0]!.partitions.find(
    ({ partitionIndex }) => partitionIndex === 0,
  )!.leaderId
  const leader = brokers.find(({ nodeId }) => nodeId === leaderId)!
  using connection = await Connection.open(`${leader.host}:${leader.port}`)
  const { producerId, producerEpoch } = producer
  const fields = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
  const partitionData = [{ index: 0, records: batchOf(['hangs'], fields) }]
  await until(
    ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode,
    () =>
      ask(connection, produce, produceVersion, {
        transactionalId,
        acks: -1,
        timeoutMs: patienceMs,
        topicData: [{ name: topic, partitionData }],
      }),
  )
  return { producerId, producerEpoch }
}

const errorCodeOf = ({ errorCode }: { errorCode: number }): number => errorCode

/** Asks until there is no error: coordinators load, and configs spread, when they do. */
async function until<T>(errorCode: (answer: T) => number, attempt: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + patienceMs
  for (;;) {
    const answer = await attempt()
    if (errorCode(answer) === errors.NONE) return answer
    if (performance.now() > endMs) throw new Error(errorName(errorCode(answer)))
    await setTimeout(pauseMs)
  }
}
