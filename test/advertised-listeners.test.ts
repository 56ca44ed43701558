/** Where clients are sent may change while brokers run, as in Kafka while it had ZooKeeper. */
import { expect, it } from 'vitest'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { incrementalAlterConfigs } from '../protocol/apis/44-incremental-alter-configs.ts'
import { errors } from '../protocol/errors.ts'
import { startBroker } from '../src/index.ts'
import { RawClient } from './raw-client.ts'

const brokerType = 4

it('sends clients elsewhere as soon as advertised.listeners is altered', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  const addresses = async (): Promise<string[]> => {
    const { brokers } = await client.request(metadata, 9, { topics: [] })
    return brokers.map(({ host, port }) => `${host}:${port}`)
  }
  const alter = async (configOperation: number, value: string | null): Promise<number> => {
    const configs = [{ name: 'advertised.listeners', configOperation, value }]
    const resources = [{ resourceType: brokerType, resourceName: '0', configs }]
    const { responses } = await client.request(incrementalAlterConfigs, 1, {
      resources,
      validateOnly: false,
    })
    return responses[0]!.errorCode
  }
  expect(await addresses()).toEqual([broker.bootstrapServers])
  expect(await alter(0, 'PLAINTEXT://broker.example.com:1234')).toBe(errors.NONE)
  expect(await addresses()).toEqual(['broker.example.com:1234'])
  expect(await alter(0, 'PLAINTEXT://broker.example.com:0')).toBe(errors.INVALID_REQUEST)
  expect(await alter(1, null)).toBe(errors.NONE)
  expect(await addresses()).toEqual([broker.bootstrapServers])
})
