import { describe, expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { getSubscription, push } from './telemetry.ts'
import { named, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()
const zstdToSnappy = [4, 3, 1, 2]

describe('GetTelemetrySubscriptions (KIP-714)', () => {
  it('gives a client an id, and asks for nothing where nobody has subscribed', async () => {
    const first = await getSubscription(wire.client)
    const second = await getSubscription(wire.client)
    for (const answer of [first, second]) {
      expect(answer).toEqual({
        throttleTimeMs: 0,
        errorCode: 0,
        clientInstanceId: expect.stringMatching(/^[\w-]{22}$/),
        subscriptionId: expect.any(Number),
        acceptedCompressionTypes: zstdToSnappy,
        pushIntervalMs: 300_000,
        telemetryMaxBytes: 1_048_576,
        deltaTemporality: true,
        requestedMetrics: [],
      })
    }
    expect(second.clientInstanceId).not.toBe(first.clientInstanceId)
    expect(second.subscriptionId).not.toBe(first.subscriptionId)
  })

  it.each([
    ['AAAAAAAAAAAAAAAAAAAAAQ', -725_132_321],
    ['AAAAAAAAAAAAAAAAAAAABQ', -725_132_325],
  ])('knows a client by the id that it has: %s', async (id, subscriptionId) => {
    const client = await wire.connect()
    expect(await getSubscription(client, id)).toMatchObject({
      errorCode: 0,
      clientInstanceId: id,
      subscriptionId,
    })
  })

  it('refuses a client that asks too often', async () => {
    const { clientInstanceId } = await getSubscription(wire.client)
    expect(named(await getSubscription(wire.client, clientInstanceId))).toEqual({
      throttleTimeMs: 0,
      error: 'THROTTLING_QUOTA_EXCEEDED',
      clientInstanceId: zeroUuid,
      subscriptionId: 0,
      acceptedCompressionTypes: [],
      pushIntervalMs: 0,
      telemetryMaxBytes: 0,
      deltaTemporality: false,
      requestedMetrics: [],
    })
  })

  it('lets a client ask at once, and once, that pushed for another subscription', async () => {
    const subscribed = await getSubscription(wire.client)
    const { clientInstanceId, subscriptionId } = subscribed
    const other = { clientInstanceId, subscriptionId: subscriptionId + 1 }
    expect(await push(wire.client, other)).toBe('UNKNOWN_SUBSCRIPTION_ID')
    expect(await getSubscription(wire.client, clientInstanceId)).toEqual(subscribed)
    const again = await getSubscription(wire.client, clientInstanceId)
    expect(named(again).error).toBe('THROTTLING_QUOTA_EXCEEDED')
  })

  it('forgets a client with its connection', async () => {
    const connection = await wire.connect()
    const { clientInstanceId } = await getSubscription(connection)
    const tooEarly = async (): Promise<boolean> => {
      const { errorCode } = await getSubscription(wire.client, clientInstanceId)
      return errorCode !== 0
    }
    expect(await tooEarly()).toBe(true)
    await connection[Symbol.asyncDispose]()
    // The request from the other connection has made that one the client's, too.
    await expect.poll(tooEarly).toBe(false)
  })
})

describe('subscriptions to the metrics of clients', () => {
  const clientMetrics = 16
  const [set, remove] = [0, 1]

  async function alter(
    name: string,
    configs: Readonly<Record<string, string>>,
    configOperation = set,
  ): Promise<void> {
    const { responses } = await wire.client.request(incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: clientMetrics,
          resourceName: name,
          configs: Object.entries(configs).map(([name, value]) => {
            return { name, configOperation, value }
          }),
        },
      ],
      validateOnly: false,
    })
    expect(responses.map(named)).toMatchObject([{ error: 'NONE' }])
  }

  /** A connection of a software that nobody else has. */
  async function connectAs(name: string) {
    const client = await wire.connect()
    const clientSoftwareVersion = '1.2.3'
    await client.request(apiVersions, 3, { clientSoftwareName: name, clientSoftwareVersion })
    return client
  }

  it('choose clients by what they are; all that choose one count together', async () => {
    const software = uniqueName()
    const [one, two, three, four] = [uniqueName(), uniqueName(), uniqueName(), uniqueName()]
    const match = `client_software_name=${software}`
    await alter(one, { metrics: 'a.,b.', 'interval.ms': '2000', match })
    await alter(two, { metrics: 'b.,c.', match: `${match},client_software_version=1\\..*` })
    await alter(three, { metrics: 'no.', 'interval.ms': '100', match: `${match},client_id=no` })
    const client = await connectAs(software)
    const asked = async (): Promise<unknown> => {
      const { requestedMetrics, pushIntervalMs } = await getSubscription(client)
      return { requestedMetrics: requestedMetrics.toSorted(), pushIntervalMs }
    }
    await expect.poll(asked).toEqual({ requestedMetrics: ['a.', 'b.', 'c.'], pushIntervalMs: 2000 })
    await alter(four, { metrics: '*', 'interval.ms': '3600000', match })
    await expect.poll(asked).toEqual({ requestedMetrics: ['*'], pushIntervalMs: 2000 })
    for (const name of [one, four]) {
      await alter(name, { metrics: '', 'interval.ms': '', match: '' }, remove)
    }
    const rest = { requestedMetrics: ['b.', 'c.'], pushIntervalMs: 300_000 }
    await expect.poll(asked).toEqual(rest)
  })

  it('have a client ask again when they change', async () => {
    const [software, name] = [uniqueName(), uniqueName()]
    const client = await connectAs(software)
    const before = await getSubscription(client)
    const match = `client_software_name=${software}`
    await alter(name, { metrics: 'a.', 'interval.ms': '3600000', match })
    await expect.poll(() => push(client, before)).toBe('UNKNOWN_SUBSCRIPTION_ID')
    const after = await getSubscription(client, before.clientInstanceId)
    expect(after).toMatchObject({ requestedMetrics: ['a.'], pushIntervalMs: 300_000 })
    expect(after.subscriptionId).not.toBe(before.subscriptionId)
  })
})
