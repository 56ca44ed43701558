/** What is left of transactions, to those who read and to those who write, after a restart. */
import { expect, it } from 'vitest'
import { MemoryStorage } from '../handlers/memory-storage.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchFrom, produceTo } from '../handlers/requests.ts'
import { TransactionClient, type TestProducer } from '../handlers/transaction-client.ts'
import { newTopic, type TestTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

const committed = { isolationLevel: 1 }

function send(client: RawClient, topic: TestTopic, producer: TestProducer, baseSequence: number) {
  const { producerId, producerEpoch, transactionalId } = producer
  const fields = { producerId, producerEpoch, baseSequence, isTransactional: true }
  return produceTo(client, topic, batchOf(['value'], fields), { transactionalId })
}

const stable = async (client: RawClient, topic: TestTopic) => {
  const { lastStableOffset, abortedTransactions } = await fetchFrom(client, topic, {}, committed)
  return { lastStableOffset, abortedTransactions }
}

it.each([
  ['a stop', true],
  ['a crash', false],
])('%s changes nothing of transactions (rules 23, 47, 50, 51)', async (_, stops) => {
  await using resources = new AsyncDisposableStack()
  const storage = new MemoryStorage()
  const before = await storage.start()
  resources.defer(() => before.close())
  const first = resources.use(await RawClient.connect(before.bootstrapServers))
  const transactions = new TransactionClient(() => first)
  const topic = await newTopic(first)
  const [aborted, open] = [await transactions.newProducer(), await transactions.newProducer()]
  await send(first, topic, aborted, 0)
  await transactions.end(aborted, false, 5)
  await expect.poll(async () => (await fetchFrom(first, topic)).highWatermark).toBe(2)
  await send(first, topic, open, 0)
  const told = await stable(first, topic)
  const abortedTransactions = [{ producerId: aborted.producerId, firstOffset: 0 }]
  expect(told).toEqual({ lastStableOffset: 2, abortedTransactions })
  // Of a crash, the first broker is not told.
  if (stops) await before.close()

  const after = await storage.start()
  resources.defer(() => after.close())
  const second = resources.use(await RawClient.connect(after.bootstrapServers))
  const again = new TransactionClient(() => second)
  expect(await stable(second, topic)).toEqual(told)
  expect(await send(second, topic, open, 0)).toMatchObject({ error: 'NONE', baseOffset: 2 })
  expect(await send(second, topic, open, 2)).toMatchObject({
    error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  })
  expect(await send(second, topic, open, 1)).toMatchObject({ error: 'NONE', baseOffset: 3 })
  expect(await send(second, topic, aborted, 1)).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' })
  await again.end(open, true, 5)
  await expect
    .poll(() => stable(second, topic))
    .toEqual({ lastStableOffset: 5, abortedTransactions })
})
