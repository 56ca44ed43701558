/** Frames that come in odd ways, and what the log says of those that cannot be served. */
import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { onKafka, useBroker } from '../handlers/wire.ts'
import { frame, hex, request, resized } from './bytes.ts'

const reasons: string[] = []
const warn = ({ reason }: { reason?: string }): void => void reasons.push(reason ?? '')
const wire = useBroker({}, { logger: { debug() {}, info() {}, warn, error: warn } })

describe('requests are answered', () => {
  it.each([0, -1, 2 ** 31 - 1, -(2 ** 31)])(
    'with correlation id %i, any number of times',
    async id => {
      const client = await wire.connect()
      const bytes = request(apiVersions, 0, {}, id)
      const replies = await Promise.all([bytes, bytes, bytes].map(one => client.exchange(one)))
      expect(replies.map(reply => reply.readInt32BE(0))).toEqual([id, id, id])
    },
  )

  it('in one segment with others, or in one for each byte', async () => {
    const client = await wire.connect()
    const requests = [1, 2, 3].map(id => request(apiVersions, 0, {}, id))
    const replies = requests.map(() => client.exchange(Buffer.alloc(0)))
    client.write(Buffer.concat(requests))
    expect((await Promise.all(replies)).map(reply => reply.readInt32BE(0))).toEqual([1, 2, 3])
    const last = client.exchange(Buffer.alloc(0))
    for (const byte of request(apiVersions, 0, {}, 4)) client.write(Buffer.from([byte]))
    expect((await last).readInt32BE(0)).toBe(4)
  })

  it('when their rest comes at last, and others are meanwhile', async () => {
    const client = await wire.connect()
    const bytes = request(apiVersions, 0, {}, 5)
    client.write(bytes.subarray(0, 9))
    expect((await wire.client.request(apiVersions, 0, {})).errorCode).toBe(0)
    expect((await client.exchange(bytes.subarray(9))).readInt32BE(0)).toBe(5)
  })
})

describe.skipIf(onKafka)('the log (skipped on Apache Kafka: has its own)', () => {
  async function reasonFor(bytes: Buffer): Promise<string[]> {
    reasons.length = 0
    const client = await wire.connect()
    client.write(bytes)
    await client.closed
    return [...reasons]
  }

  it.each([
    ['TLS', hex('16030100c8010000c40303')],
    ['socket.request.max.bytes', hex('7fffffff')],
    ['9999', frame('270f 0000 00000007 ffff')],
    ['Metadata v99', frame('0003 0063 00000007 ffff')],
  ])('says why a connection is closed: %s', async (reason, bytes) => {
    expect(await reasonFor(bytes)).toEqual([expect.stringContaining(reason)])
  })

  it('says nothing of a connection that ends within a frame', async () => {
    reasons.length = 0
    const client = await wire.connect()
    client.write(resized(request(metadata, 1, { topics: [] }), -1).subarray(0, 9))
    client.end()
    await client.closed
    expect(reasons).toEqual([])
  })
})
