/** By the cases of Kafka's TokenBucketTest and ControllerMutationQuotaManagerTest. */
import { expect, it } from 'vitest'
import { TokenBucket } from '../../src/throttling/token-bucket.ts'

const windows = { count: 10, sizeMs: 2000 }
const rate = 5

it('starts full, fills up at its rate, and lets more be taken than there is', () => {
  const bucket = new TokenBucket(windows)
  expect(bucket.level(rate, 0)).toBe(100)
  bucket.take(60, rate, 0)
  expect(bucket.level(rate, 0)).toBe(40)
  bucket.take(5, rate, 2000)
  expect(bucket.level(rate, 2000)).toBe(45)
  bucket.take(60, rate, 4000)
  expect(bucket.level(rate, 4000)).toBe(-5)
})

it('never holds more than a burst', () => {
  const bucket = new TokenBucket(windows)
  bucket.take(60, rate, 0)
  expect(bucket.level(rate, 3_600_000)).toBe(100)
})

it('follows another rate', () => {
  const bucket = new TokenBucket(windows)
  bucket.take(100, rate, 0)
  expect(bucket.level(2 * rate, 1000)).toBe(10)
  expect(bucket.level(rate, 61_000)).toBe(100)
})

it('throttles until nobody owes tokens', () => {
  const bucket = new TokenBucket({ count: 10, sizeMs: 1000 })
  bucket.take(20, 2, 0)
  expect(bucket.throttleMs(2, 0)).toBe(0)
  bucket.take(40, 2, 0)
  expect(bucket.throttleMs(2, 0)).toBe(20_000)
  expect(bucket.throttleMs(2, 15_000)).toBe(5000)
})

it('is like a new one when it must be full again', () => {
  const bucket = new TokenBucket(windows)
  expect(bucket.isSpent(0)).toBe(false)
  bucket.take(150, rate, 0)
  expect(bucket.isSpent(20_000)).toBe(false)
  bucket.take(0, rate, 10_000)
  expect(bucket.isSpent(29_999)).toBe(false)
  expect(bucket.isSpent(30_000)).toBe(true)
})
