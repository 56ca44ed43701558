import { expect, it } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { batchOf, largeSegments, topicId } from './batches.ts'

it('a log in memory has done with a buffer when it answers', async () => {
  const id = { topic: 'orders', topicId, partition: 0 }
  const { log } = await createMemoryLogStore(() => 0).open(id, largeSegments)
  const batch = batchOf(1, 1000)
  const frame = Buffer.concat([batch, Buffer.alloc(1_000_000)])
  await log.append(frame.subarray(0, batch.length), 'durable')
  frame.fill(0)
  const [kept] = await log.read(0, 1, Infinity)
  expect(kept!.length).toBe(batch.length)
  expect(kept!.subarray(17).equals(batch.subarray(17))).toBe(true)
  expect(kept!.buffer.byteLength).toBe(batch.length)
})
