import { describe, expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { errors } from '../../protocol/errors.ts'
import { Reader } from '../../protocol/wire.ts'
import { handlers } from '../../src/handlers/index.ts'
import { requestFrame } from '../raw-client.ts'
import { named, onKafka, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const client = { clientSoftwareName: 'test-client', clientSoftwareVersion: '1.2.3' }

describe('ApiVersions', () => {
  it.each(versionsOf(apiVersions))('v%i tells every API that is served', async version => {
    const answer = await wire.client.request(apiVersions, version, client)
    expect(answer).toMatchObject({ errorCode: errors.NONE, throttleTimeMs: 0 })
    const told = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        [minVersion, maxVersion],
      ]),
    )
    expect(told.size).toBe(answer.apiKeys.length)
    for (const { key, versions } of handlers) {
      const [first, last] = told.get(key)!
      // Apache Kafka 4 has dropped old versions (KIP-896).
      if (onKafka) expect(first).toBeGreaterThanOrEqual(0)
      // librdkafka takes the absence of Produce v0 for a broker without compression (KAFKA-18659).
      else expect(first).toBe(key === 0 ? 0 : versions[0])
      expect(last).toBe(versions[1])
    }
    if (!onKafka) expect(told.size).toBe(handlers.length)
  })

  it.each([5, 99, 32767, -1])(
    'v%i is answered in v0, with the versions that are (KIP-511)',
    async version => {
      const frame = Buffer.from(requestFrame(apiVersions, 4, client, 77))
      frame.writeInt16BE(version, 6)
      const connection = await wire.connect()
      const reader = new Reader(await connection.exchange(frame))
      expect(reader.int32()).toBe(77)
      expect(named(apiVersions.responseCodec(0).decode(reader))).toMatchObject({
        error: 'UNSUPPORTED_VERSION',
        apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
      })
      expect((await connection.request(apiVersions, 4, client)).errorCode).toBe(errors.NONE)
    },
  )
})

describe("a client's name in ApiVersions (Kafka: ApiVersionsRequest)", () => {
  it.each([
    ['a', '1'],
    ['a.b-c', '1.2.3-rc.1'],
    ['A9', 'x'.repeat(1000)],
  ])('may be %s %s', async (clientSoftwareName, clientSoftwareVersion) => {
    const body = { clientSoftwareName, clientSoftwareVersion }
    for (const version of versionsOf(apiVersions, { since: 3 })) {
      expect(named(await wire.client.request(apiVersions, version, body)).error).toBe('NONE')
    }
  })

  it.each([
    ['', ''],
    ['ok', ''],
    ['', '1'],
    ['two words', '1'],
    ['tab\t', '1'],
    ['nul\0', '1'],
    ['-a', '1'],
    ['a-', '1'],
    ['.a', '1'],
    ['a_b', '1'],
    ['a/b', '1'],
    ['ä', '1'],
    ['a', '1 (x)'],
    ['a', '1_2'],
  ])('must not be %j %j', async (clientSoftwareName, clientSoftwareVersion) => {
    const body = { clientSoftwareName, clientSoftwareVersion }
    for (const version of versionsOf(apiVersions, { since: 3 })) {
      const answer = await wire.client.request(apiVersions, version, body)
      expect(named(answer)).toMatchObject({ error: 'INVALID_REQUEST', apiKeys: [] })
    }
  })
})

describe('features in ApiVersions (KIP-584)', () => {
  const metadataVersion = { name: 'metadata.version', minVersion: 7, maxVersion: 30 }
  const kraftVersion = { name: 'kraft.version', minVersion: 0, maxVersion: 1 }

  it.each(versionsOf(apiVersions, { until: 2 }))('are not in v%i', async version => {
    const answer = await wire.client.request(apiVersions, version, client)
    expect(answer).toMatchObject({
      supportedFeatures: [],
      finalizedFeatures: [],
      finalizedFeaturesEpoch: -1,
    })
  })

  it('v3 leaves out those that begin at 0, which its readers refuse (KAFKA-17492)', async () => {
    const { supportedFeatures } = await wire.client.request(apiVersions, 3, client)
    expect(supportedFeatures).toEqual([metadataVersion])
  })

  it('v4 tells all that are supported', async () => {
    const { supportedFeatures } = await wire.client.request(apiVersions, 4, client)
    expect(supportedFeatures).toEqual(expect.arrayContaining([metadataVersion, kraftVersion]))
  })

  it.each([3, 4])('v%i tells what holds, and since when', async version => {
    const answer = await wire.client.request(apiVersions, version, client)
    const { finalizedFeatures, finalizedFeaturesEpoch, zkMigrationReady } = answer
    const level = { name: 'metadata.version', minVersionLevel: 30, maxVersionLevel: 30 }
    expect(finalizedFeatures).toContainEqual(level)
    expect(finalizedFeatures.map(({ name }) => name)).not.toContain('kraft.version')
    expect(finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0)
    expect(zkMigrationReady).toBe(false)
  })
})
