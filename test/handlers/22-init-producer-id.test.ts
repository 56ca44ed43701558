import { describe, expect, it } from 'vitest'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { startBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import { MemoryStorage } from './memory-storage.ts'
import { latest, named, onKafka, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

async function init(
  fields: {
    version?: number
    transactionalId?: string | null
    transactionTimeoutMs?: number
    producerId?: number
    producerEpoch?: number
  } = {},
  client = wire.client,
) {
  const { version = latest(initProducerId), transactionalId = null, ...rest } = fields
  for (;;) {
    const answer = named(
      await client.request(initProducerId, version, {
        transactionalId,
        transactionTimeoutMs: 60_000,
        ...rest,
      }),
    )
    // Apache Kafka may have to get a block of ids from its controller.
    if (answer.error !== 'COORDINATOR_LOAD_IN_PROGRESS') return answer
  }
}

const accepted = { error: 'NONE', producerId: expect.any(Number), producerEpoch: 0 }
const refused = { error: 'INVALID_REQUEST', producerId: -1, producerEpoch: -1 }

describe('InitProducerId without a transactional id', () => {
  it.each(versionsOf(initProducerId))('v%i gives an id that nobody has', async version => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => init({ version })))
    for (const answer of answers) expect(answer).toMatchObject(accepted)
    expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(20)
  })

  it.each([0, -1, 1, 2 ** 31 - 1])('does not look at a timeout of %i', async timeout => {
    expect(await init({ transactionTimeoutMs: timeout })).toMatchObject(accepted)
  })

  it.each(versionsOf(initProducerId, { since: 3 }))(
    'v%i gives a new id for an old one',
    async version => {
      const { producerId } = await init()
      const answer = await init({ version, producerId, producerEpoch: 0 })
      expect(answer).toMatchObject(accepted)
      expect(answer.producerId).not.toBe(producerId)
    },
  )
})

describe('InitProducerId refuses (Kafka: KafkaApis.handleInitProducerIdRequest)', () => {
  it.each(versionsOf(initProducerId))('v%i an empty transactional id', async version => {
    expect(await init({ version, transactionalId: '' })).toMatchObject(refused)
  })

  it.each(versionsOf(initProducerId, { since: 3 }))('v%i an id without an epoch', async version => {
    expect(await init({ version, producerId: 5 })).toMatchObject(refused)
    expect(await init({ version, producerEpoch: 5 })).toMatchObject(refused)
  })
})

describe.skipIf(onKafka)(
  'producer ids (skipped on Apache Kafka: a restart, and a thousand of them)',
  () => {
    it('are given once, however often the broker restarts', async () => {
      const storage = new MemoryStorage()
      const ids: number[] = []
      for (let i = 0; i < 3; i++) {
        const broker = await storage.start()
        await using client = await RawClient.connect(broker.bootstrapServers)
        for (let j = 0; j < 3; j++) ids.push((await init({}, client)).producerId)
        await broker.close()
      }
      expect(new Set(ids).size).toBe(9)
    })

    it('are given beyond the first block of a thousand (KIP-730)', async () => {
      await using broker = await startBroker()
      await using client = await RawClient.connect(broker.bootstrapServers)
      const answers = await Promise.all(Array.from({ length: 1500 }, () => init({}, client)))
      expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(1500)
    })
  },
)
