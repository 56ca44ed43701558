import { describe, expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { compress } from '../../protocol/compression.ts'
import { startBroker } from '../../src/index.ts'
import { silentLogger } from '../../src/logger.ts'
import { attribute, double, gauge, metricsData, text } from '../protocol/otlp-writer.ts'
import { RawClient } from '../raw-client.ts'
import { getSubscription, push } from '../handlers/telemetry.ts'

describe('a broker in this process', () => {
  it('gives out and logs what its clients have pushed last', async () => {
    const lines: [details: object, message: string][] = []
    const debug = (...line: [object, string]): unknown => lines.push(line)
    await using broker = await startBroker({ logger: { ...silentLogger, debug } })
    expect(broker.clientMetrics()).toEqual([])
    await using client = await RawClient.connect(broker.bootstrapServers)
    const [clientSoftwareName, clientSoftwareVersion] = ['tool', '1.2.3']
    await client.request(apiVersions, 3, { clientSoftwareName, clientSoftwareVersion })
    const subscribed = await getSubscription(client)
    const rack = attribute(1, 'client_rack', text(1, 'r1'))
    const data = metricsData([rack], gauge('queue.depth', double(4, 1.5)))
    const before = Date.now()
    await push(client, subscribed, { compressionType: 4, metrics: compress(4, data) })
    const attributes = { client_rack: 'r1' }
    const received = {
      clientInstanceId: subscribed.clientInstanceId,
      clientId: 'test',
      softwareName: 'tool',
      softwareVersion: '1.2.3',
      receivedMs: expect.any(Number),
      metrics: [{ name: 'queue.depth', attributes, kind: 'gauge', value: 1.5, count: undefined }],
    }
    expect(broker.clientMetrics()).toEqual([received])
    expect(broker.clientMetrics()[0]!.receivedMs).toBeGreaterThanOrEqual(before)
    expect(lines.filter(([, message]) => message === 'client metrics')).toEqual([
      [{ ...received, terminating: false, points: 1 }, 'client metrics'],
    ])
  })
})
