import { afterEach, describe, expect, it } from 'vitest'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { describeCluster } from '../protocol/apis/60-describe-cluster.ts'
import type { Api } from '../protocol/api.ts'
import { errorName } from '../protocol/errors.ts'
import { releases, versionsIn, type Release } from '../protocol/releases.ts'
import { Reader } from '../protocol/wire.ts'
import { servedBy } from '../src/emulation.ts'
import { handlers } from '../src/handlers/index.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { RawClient, requestFrame } from './raw-client.ts'

const software = { clientSoftwareName: 'test-client', clientSoftwareVersion: '1.2.3' }

describe('the APIs of a release', () => {
  it('are all of ours where none is named', () => {
    const ranges = servedBy(null, handlers).map(({ key, versions }) => [key, versions])
    expect(ranges).toEqual(handlers.map(({ key, versions }) => [key, versions]))
  })

  it.each(releases)('%s are those that it has, within its versions and ours', release => {
    const narrowed = new Map(servedBy(release, handlers).map(api => [api.name, api]))
    for (const api of handlers) {
      const theirs = versionsIn(release, api)
      const both = Array.from({ length: 32 }, (_, version) => version).filter(
        version => theirs && isIn(theirs, version) && isIn(api.versions, version),
      )
      const range = narrowed.get(api.name)?.versions
      expect(range ?? [undefined, undefined], api.name).toEqual([both[0], both.at(-1)])
    }
  })
})

function isIn([first, last]: readonly [number, number], version: number): boolean {
  return version >= first && version <= last
}

describe('a broker that emulates a release', () => {
  let broker: StartedBroker | undefined
  afterEach(() => broker?.close())

  async function connect(release?: Release): Promise<RawClient> {
    broker = await startBroker(release && { config: { 'kafka.release': release } })
    return RawClient.connect(broker.bootstrapServers)
  }

  async function rangeOf(client: RawClient, { key }: Pick<Api, 'key'>) {
    const { apiKeys } = await client.request(apiVersions, 0, {})
    const found = apiKeys.find(({ apiKey }) => apiKey === key)
    return found && [found.minVersion, found.maxVersion]
  }

  it.each<[Release | undefined, number[], number[]]>([
    ['2.8', [4, 12], [0, 0]],
    ['3.9', [4, 17], [0, 1]],
    ['4.3', [4, 18], [0, 2]],
    [undefined, [4, 18], [0, 2]],
  ])('%s tells its versions', async (release, fetches, clusters) => {
    await using client = await connect(release)
    expect(await rangeOf(client, fetch)).toEqual(fetches)
    expect(await rangeOf(client, describeCluster)).toEqual(clusters)
    // librdkafka takes the absence of Produce v0 for a broker without compression (KAFKA-18659).
    expect((await rangeOf(client, { key: 0 }))![0]).toBe(0)
  })

  const askMetadata = (version: number): Buffer =>
    requestFrame(metadata, version, { topics: [] }, 1)
  const askCreate = (version: number): Buffer =>
    requestFrame(createTopics, version, { topics: [] }, 1)

  it.each<[Release | undefined, string, Buffer, Buffer]>([
    ['2.8', 'Metadata v12', askMetadata(11), askMetadata(12)],
    ['3.9', 'Metadata v13', askMetadata(12), askMetadata(13)],
    ['4.3', 'CreateTopics v1', askCreate(2), askCreate(1)],
    [undefined, 'CreateTopics v8', askCreate(1), tooNew(askCreate(7))],
  ])('%s closes on %s, which it does not have', async (release, _, served, refused) => {
    await using client = await connect(release)
    await client.exchange(served)
    await expect(client.exchange(refused)).rejects.toThrow('closed')
  })

  it('closes on an API that the release does not have', async () => {
    await using client = await connect('2.8')
    const unknown = { ...apiVersions, key: 75 }
    await expect(client.exchange(requestFrame(unknown, 0, {}, 1))).rejects.toThrow('closed')
  })

  it('2.8 answers ApiVersions v4 with what it has, and is asked again (KIP-511)', async () => {
    await using client = await connect('2.8')
    const reader = new Reader(await client.exchange(requestFrame(apiVersions, 4, software, 7)))
    expect(reader.int32()).toBe(7)
    const { errorCode, apiKeys } = apiVersions.responseCodec(0).decode(reader)
    expect(errorName(errorCode)).toBe('UNSUPPORTED_VERSION')
    expect(apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 3 }])
    expect((await client.request(apiVersions, 3, software)).apiKeys.length).toBeGreaterThan(10)
  })
})

/** The same request, of the next version. */
function tooNew(frame: Buffer): Buffer {
  frame.writeInt16BE(frame.readInt16BE(6) + 1, 6)
  return frame
}
