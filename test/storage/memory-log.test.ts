import { expect, it } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { batchOf, largeSegments, topicId } from './batches.ts'

it('a log in memory does not keep a frame alive for a small batch in it', async () => {
  const id = { topic: 'orders', topicId, partition: 0 }
  const { log } = await createMemoryLogStore(() => 0).open(id, largeSegments)
  const batch = batchOf(1, 1000)
  const frame = Buffer.concat([batch, Buffer.alloc(1_000_000)])
  await log.append(frame.subarray(0, batch.length), 'durable')
  const [small] = await log.read(0, 1, Infinity)
  expect(small!.buffer.byteLength).toBeLessThan(10_000)

  const large = Buffer.concat([Buffer.alloc(100), batchOf(1, 1_000_000)])
  await log.append(large.subarray(100), 'durable')
  const [shared] = await log.read(1, 1, Infinity)
  expect(shared!.buffer).toBe(large.buffer)
})
