/** Frames between real clients and a real Apache Kafka; see test/golden/README.md. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { fetch } from '../../protocol/apis/01-fetch.ts'
import type { produce } from '../../protocol/apis/00-produce.ts'
import { crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { checkRecords, decodeRecords } from '../../protocol/records.ts'
import type { Infer } from '../../protocol/schema.ts'
import { goldenFrames, read, rewritten, type GoldenFrame } from './golden.ts'

const frames = goldenFrames()

function find(client: string, name: string, direction: string): unknown {
  const found = frames.find(
    frame => frame.client === client && frame.name === name && frame.direction === direction,
  )
  return read(found!)
}

test.each(frames)(
  '$client: $name $direction v$version is read and written again, byte for byte',
  frame => {
    expect(rewritten(frame).toString('hex')).toBe(frame.body.toString('hex'))
  },
)

test('the values are the ones that were sent', () => {
  expect(find('kafkajs', 'OffsetCommit', 'request')).toMatchObject({
    groupId: 'kg',
    groupInstanceId: null,
    topics: [
      {
        name: 'kjs',
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' }],
      },
    ],
  })
  expect(find('java', 'ListGroups', 'response')).toMatchObject({
    groups: expect.arrayContaining([
      { groupId: 'g2', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
    ]),
  })
  expect(find('kcat', 'ApiVersions', 'request')).toEqual({
    clientSoftwareName: 'librdkafka',
    clientSoftwareVersion: '2.0.2',
  })
  expect(find('java', 'ApiVersions', 'response')).toMatchObject({
    apiKeys: expect.arrayContaining([{ apiKey: 1, minVersion: 4, maxVersion: 18 }]),
    supportedFeatures: expect.arrayContaining([
      { name: 'group.version', minVersion: 0, maxVersion: 1 },
    ]),
  })
})

describe('records of real producers', () => {
  const produced = frames.filter(frame => frame.name === 'Produce' && frame.direction === 'request')
  const requests = produced.map(frame => {
    const batches = batchesOf(frame)
    return { client: frame.client, compression: parseBatchHeader(batches[0]!).compression, batches }
  })

  test.each(['kcat', 'java'])('of every compression, from %s', client => {
    const ids = requests.filter(one => one.client === client).map(one => one.compression)
    expect(new Set(ids)).toEqual(new Set([0, 1, 2, 3, 4]))
  })

  test.each(requests)('$client, compression $compression', ({ client, compression, batches }) => {
    const records = batches.flatMap(batch => [...decodeRecords(batch, 10_000)])
    const texts = records.map(({ key, value }) => `${key?.toString()}:${value?.toString()}`)
    if (client === 'kafkajs') {
      expect(texts).toContain(compression === 0 ? 'undefined:c' : 'a:bbbbbbbbbbbbbbbbbbb')
    } else {
      const long = `k3:${'hello '.repeat(6).trimEnd()}`
      expect(texts.toSorted()).toEqual(['k1:v1', 'k2:v2', long])
    }
    for (const batch of batches) {
      expect(crcMatches(batch)).toBe(true)
      checkRecords(batch, 10_000)
    }
  })

  function batchesOf(frame: GoldenFrame): Buffer[] {
    const { topicData } = read(frame) as Infer<typeof produce.request>
    return topicData.flatMap(topic => topic.partitionData.map(partition => partition.records!))
  }
})

test('fetched batches come whole, by reference to the frame', () => {
  const { responses } = find('kcat', 'Fetch', 'response') as Infer<typeof fetch.response>
  const partitions = responses.flatMap(topic => topic.partitions)
  const bytes = partitions.flatMap(partition => partition.records ?? [])
  expect(bytes.some(batch => batch.length > 0 && crcMatches(batch))).toBe(true)
})

test('without code generation the codec is the same', () => {
  const golden = JSON.stringify(new URL('golden.ts', import.meta.url).href)
  const script = `
    const { goldenFrames, rewritten } = await import(${golden})
    try { new Function('') } catch {
      const frames = goldenFrames()
      console.log(frames.length, frames.filter(frame => rewritten(frame).equals(frame.body)).length)
    }`
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script]
  const printed = execFileSync(process.execPath, flags, { encoding: 'utf8' })
  expect(printed).toBe(`${frames.length} ${frames.length}\n`)
})
