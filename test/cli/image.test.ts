/** What a start does besides in the container image, which says of itself that it is one. */
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { readinessLines } from '../../src/container/readiness.ts'
import { RawClient } from '../raw-client.ts'
import { start } from './process.ts'

const image = { ODRADEK_CONTAINER: 'true', ODRADEK_DURABILITY: 'memory' }

it('says on stdout, in raw lines, what modules for tests wait for', async () => {
  await using server = await start([], undefined, image)
  server.kill('SIGTERM')
  const { code, stdout } = await server.ended
  expect(code).toBe(0)
  expect(stdout).toBe(`${readinessLines.join('\n')}\n`)
})

it('takes the variables of Kafka’s images, and names those that mean nothing', async () => {
  const variables = {
    ...image,
    KAFKA_NODE_ID: '7',
    CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    KAFKA_BROKERS: 'kafka:9092',
    KAFKA_NO_SUCH_CONFIG: '1',
    ODRADEK_PROT: '1',
  }
  await using server = await start([], undefined, variables)
  expect(server.lines.filter(line => line.includes('ignored'))).toEqual([
    expect.stringContaining('ODRADEK_PROT, KAFKA_BROKERS, KAFKA_NO_SUCH_CONFIG'),
  ])
  await using client = await RawClient.connect(`127.0.0.1:${server.port}`)
  expect(await client.request(metadata, 9, { topics: [] })).toMatchObject({
    clusterId: '4L6g3nShT-eMCtK--X86sw',
    brokers: [{ nodeId: 7, host: '127.0.0.1', port: server.port }],
  })
})

it('takes none of them outside of the image', async () => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'odradek-image-'))
  const variables = { KAFKA_NODE_ID: '7', KAFKA_LISTENERS: 'nonsense' }
  await using server = await start([], directory.path, variables)
  expect(server.ready).toMatchObject({ addresses: [`127.0.0.1:${server.port}`] })
  server.kill('SIGTERM')
  expect((await server.ended).stdout).toBe('')
})

it('has created the topics that a variable asks for when it says that it is ready', async () => {
  const variables = { ...image, KAFKA_CREATE_TOPICS: 'orders:3:1,prices:1:1:compact' }
  await using server = await start([], undefined, variables)
  await using client = await RawClient.connect(`127.0.0.1:${server.port}`)
  const { topics } = await client.request(metadata, 9, { topics: null })
  expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
    ['orders', 3],
    ['prices', 1],
  ])
})
