import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Kafka, logLevel, type Message } from 'kafkajs'
import { openDataDirectory } from '../../storage/data-directory.ts'
import { nodeFs } from '../../storage/file/fs.ts'
import { readRecords } from '../../src/admin/read.ts'
import { openBroker } from '../../src/broker.ts'
import { systemClock } from '../../src/clock.ts'
import { createConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { openMemoryStorage } from '../../src/memory-storage.ts'
import { systemRandom } from '../../src/random.ts'
import type { Storage } from '../../src/state.ts'

export interface Kind {
  name: string
  open(): Promise<{ storage: Storage; dispose(): Promise<void> }>
}

/** Brokers in memory, and with files. */
export const kinds: readonly Kind[] = [
  {
    name: 'in memory',
    open: async () => ({
      storage: openMemoryStorage(systemClock, systemRandom),
      dispose: async () => {},
    }),
  },
  {
    name: 'with files',
    async open() {
      const directory = await mkdtemp(path.join(tmpdir(), 'odradek-copies-'))
      return {
        storage: await openFiles(directory),
        dispose: () => rm(directory, { recursive: true }),
      }
    },
  },
]

async function openFiles(directory: string): Promise<Storage> {
  const opened = await openDataDirectory({
    fs: nodeFs,
    path: directory,
    durability: 'os',
    version: '0',
    now: () => Date.now(),
    log: () => {},
    onFailure: error => {
      throw error
    },
  })
  return { ...opened, reopen: () => openFiles(directory) }
}

export async function start(kind: Kind, configs: Readonly<Record<string, string>> = {}) {
  const { storage, dispose } = await kind.open()
  const origin = 'test'
  const { config } = createConfig([
    { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin },
    { name: 'development', value: 'true', origin },
    ...Object.entries(configs).map(([name, value]) => ({ name, value, origin })),
  ])
  const broker = await openBroker({
    ...storage,
    config,
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
  const brokers = broker.addresses.map(({ host, port }) => `${host}:${port}`)
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  return {
    ...broker,
    get services() {
      return broker.services
    },
    brokers,
    kafka,
    async produce(topic: string, messages: Message[], transactionalId?: string) {
      const producer = kafka.producer(
        transactionalId === undefined ? {} : { transactionalId, maxInFlightRequests: 1 },
      )
      await producer.connect()
      try {
        if (transactionalId === undefined) await producer.send({ topic, messages })
        else {
          const transaction = await producer.transaction()
          await transaction.send({ topic, messages })
          await (transactionalId === 'aborts' ? transaction.abort() : transaction.commit())
        }
      } finally {
        await producer.disconnect()
      }
    },
    /** As 'partition/offset key=value header=…'. */
    async records(topic: string): Promise<string[]> {
      const found: string[] = []
      for await (const record of readRecords(broker.services, topic)) {
        const { partition, offset, key, value, headers } = record
        found.push(`${partition}/${offset} ${key}=${value} ${JSON.stringify(headers)}`)
      }
      return found.toSorted()
    },
    async [Symbol.asyncDispose]() {
      await broker.close()
      await dispose()
    },
  }
}

export async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks))
}
