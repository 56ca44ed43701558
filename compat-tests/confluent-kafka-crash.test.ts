/**
 * An idempotent producer and a consumer of librdkafka live through kills of their broker: what the
 * producer sends is there once and in order, and the consumer misses nothing, by their own retries
 * (confluent-kafka/crash.py). CRASH_ROUNDS says how often the broker is killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import { installClient, python, skipped } from './confluent-kafka/install.ts'
import { startServer } from './server.ts'

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 15)
const program = path.join(import.meta.dirname, 'confluent-kafka/crash.py')
const partitions = 2
const maxLifeMs = 600

/** A record of a partition, as a client has told it. */
interface Told {
  partition: number
  offset: number
  number: number
}

beforeAll(installClient)

describe.skipIf(skipped)(`librdkafka while its broker is killed${skipped}`, () => {
  it.each(['disk', 'os'])('loses, doubles and misses nothing, durability %s', async durability => {
    const numPartitions = `num.partitions=${partitions}`
    await using server = await startServer('--durability', durability, '--set', numPartitions)
    await using producer = client('produce', server.bootstrapServers)
    await producer.hasTold(1)
    await using consumer = client('consume', server.bootstrapServers)
    for (let round = 0; round < rounds; round++) {
      await new Promise(resolve => setTimeout(resolve, Math.random() * maxLifeMs))
      await server.kill()
      await server.restart()
    }
    const delivered = await producer.end()
    const { sent } = producer
    expect(sent).toBeGreaterThan(rounds)
    expect(misplaced(delivered)).toEqual([])
    expect(numbers(delivered).size).toBe(sent)
    await consumer.hasTold(sent)
    const consumed = await consumer.end()
    expect(misplaced(consumed)).toEqual([])
    expect(numbers(consumed).size).toBe(sent)
  })
})

/** The first that are. Numbers go to the partitions in turn, so each has its offset. */
function misplaced(told: readonly Told[]): Told[] {
  const found = told.filter(
    ({ partition, offset, number }) => number !== offset * partitions + partition,
  )
  return found.slice(0, 5)
}

function numbers(told: readonly Told[]): Set<number> {
  return new Set(told.map(({ number }) => number))
}

function client(mode: 'produce' | 'consume', bootstrapServers: string) {
  const args = [program, mode, bootstrapServers, 'numbers']
  const child = spawn(python, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const told: Told[] = []
  const seen = new Set<number>()
  const errors: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let sent = 0
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.startsWith('end')) sent = Number(line.split(' ')[1])
    if (line.startsWith('error')) errors.push(line)
    if (!/^\d/.test(line)) return
    const [partition, offset, number] = line.split(' ').map(Number) as [number, number, number]
    told.push({ partition, offset, number })
    seen.add(number)
    for (const { count, resolve } of waiting) if (seen.size >= count) resolve()
  })
  return {
    get sent() {
      return sent
    },
    /** Resolves when it has told so many different numbers. */
    async hasTold(count: number): Promise<void> {
      if (seen.size >= count) return
      await new Promise<void>(resolve => waiting.push({ count, resolve }))
    },
    async end(): Promise<readonly Told[]> {
      child.stdin.end('\n')
      expect(await closed).toEqual([0, null])
      expect(errors).toEqual([])
      return told
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL')
      await closed
    },
  }
}
