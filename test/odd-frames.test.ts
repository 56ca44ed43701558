/** Requests that no client should send: some can be read all the same, some cannot. */
import { describe, expect, it } from 'vitest'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { errorName } from '../protocol/errors.ts'
import { readResponseHeader } from '../protocol/header.ts'
import { Reader } from '../protocol/wire.ts'
import { closedOrAnswered, differs, useBroker } from './handlers/wire.ts'
import { frameOf, requestFrame } from './raw-client.ts'

const wire = useBroker()
const correlationId = 7
const plainVersion = 4
const flexibleVersion = 12

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

function header(version: number, { clientId = '0004 74657374', tags = '00' } = {}): Buffer {
  const start = Buffer.alloc(8)
  start.writeInt16BE(metadata.key, 0)
  start.writeInt16BE(version, 2)
  start.writeInt32BE(correlationId, 4)
  return Buffer.concat([start, hex(clientId), hex(version < flexibleVersion ? '' : tags)])
}

/** Metadata of one topic named 'odd', without auto-creation, in compact types. */
function flexibleBody({ topicTags = '00', tags = '00', count = '02', name = '04 6f6464' } = {}) {
  return hex(`${count} ${'00'.repeat(16)} ${name} ${topicTags} 00 00 ${tags}`)
}

function flexible(body: Buffer, headerFields = {}): Buffer {
  return frameOf(Buffer.concat([header(flexibleVersion, headerFields), body]))
}

function plain(body: string, headerFields = {}): Buffer {
  return frameOf(Buffer.concat([header(plainVersion, headerFields), hex(body)]))
}

const plainBody = '00000001 0003 6f6464 00'
const longName = Buffer.alloc(40_000, 'x').toString('hex')

interface Answer {
  correlationId: number
  topics: [string | null, string][]
}

async function send(version: number, frame: Buffer): Promise<Answer> {
  const client = await wire.connect()
  const reader = new Reader(await client.exchange(frame))
  const id = readResponseHeader(reader, metadata.hasFlexibleResponseHeader(version))
  const { topics } = metadata.responseCodec(version).decode(reader)
  return {
    correlationId: id,
    topics: topics.map(({ name, errorCode }) => [name, errorName(errorCode)]),
  }
}

describe('a request is answered (Kafka: RequestHeader, generated message classes)', () => {
  const odd = ['odd', 'UNKNOWN_TOPIC_OR_PARTITION'] as const

  it.each<[string, number, Buffer]>([
    ['with a client id of null', plainVersion, plain(plainBody, { clientId: 'ffff' })],
    [
      'with a client id of null and tags',
      flexibleVersion,
      flexible(flexibleBody(), { clientId: 'ffff' }),
    ],
    [
      'with client id __proto__',
      plainVersion,
      plain(plainBody, { clientId: '0009 5f5f70726f746f5f5f' }),
    ],
    [
      'with a client id that is no UTF-8',
      plainVersion,
      plain(plainBody, { clientId: '0002 fffe' }),
    ],
    [
      'with an unknown tag in its header',
      flexibleVersion,
      flexible(flexibleBody(), { tags: '01 63 03 010203' }),
    ],
    [
      'with unknown tags in its body',
      flexibleVersion,
      flexible(flexibleBody({ tags: '02 05 01 ff 63 00' })),
    ],
    [
      'with unknown tags in an array',
      flexibleVersion,
      flexible(flexibleBody({ topicTags: '01 63 02 ffff' })),
    ],
    ['with tags that descend', flexibleVersion, flexible(flexibleBody({ tags: '02 63 00 05 00' }))],
    ['with a tag twice', flexibleVersion, flexible(flexibleBody({ tags: '02 63 00 63 00' }))],
    [
      'with a varint longer than needed',
      flexibleVersion,
      flexible(flexibleBody({ tags: '80 00' })),
    ],
    [
      'with a count longer than needed',
      flexibleVersion,
      flexible(flexibleBody({ count: '82 80 00' })),
    ],
    ['with bytes behind its body', plainVersion, plain(`${plainBody} 00112233`)],
    ['with bytes behind its tags', flexibleVersion, flexible(flexibleBody({ tags: '00 0011' }))],
  ])('%s', async (_, version, frame) => {
    expect(await send(version, frame)).toEqual({ correlationId, topics: [odd] })
  })

  it.each([
    ['-1', 'ffffffff'],
    ['-5', 'fffffffb'],
  ])('with an array of %s elements as null', async (_, length) => {
    const { name } = await wire.newTopic()
    const { topics } = await send(plainVersion, plain(`${length} 00`))
    expect(topics).toContainEqual([name, 'NONE'])
  })

  it('with a topic name that is no UTF-8', async () => {
    expect(await send(plainVersion, plain('00000001 0002 fffe 00'))).toEqual({
      correlationId,
      topics: [['\ufffd\ufffd', 'INVALID_TOPIC_EXCEPTION']],
    })
  })

  it.each([0, -1, 2 ** 31 - 1, -(2 ** 31)])(
    'with correlation id %i, any number of times',
    async id => {
      const client = await wire.connect()
      const frame = requestFrame(apiVersions, 0, {}, id)
      const replies = await Promise.all([frame, frame, frame].map(one => client.exchange(one)))
      expect(replies.map(reply => reply.readInt32BE(0))).toEqual([id, id, id])
    },
  )

  it('in one segment with others, or in one for each byte', async () => {
    const client = await wire.connect()
    const frames = [1, 2, 3].map(id => requestFrame(apiVersions, 0, {}, id))
    const replies = frames.map(() => client.exchange(Buffer.alloc(0)))
    client.write(Buffer.concat(frames))
    expect((await Promise.all(replies)).map(reply => reply.readInt32BE(0))).toEqual([1, 2, 3])
    const last = client.exchange(Buffer.alloc(0))
    for (const byte of requestFrame(apiVersions, 0, {}, 4)) client.write(Buffer.from([byte]))
    expect((await last).readInt32BE(0)).toBe(4)
  })
})

describe('a connection ends (Kafka: SocketServer, RequestContext)', () => {
  it.each<[string, Buffer]>([
    ['an unknown API', frameOf(Buffer.concat([hex('270f 0000 00000007 ffff')]))],
    ['an API of brokers among themselves', frameOf(hex('0004 0000 00000007 ffff'))],
    ['a version to come', plain('00', {}).fill(0x63, 7, 8)],
    ['a negative version', plain('00', {}).fill(0xff, 6, 8)],
    ['a client id beyond the frame', plain('', { clientId: '7fff 74657374' })],
    ['2^31-1 tags', flexible(flexibleBody({ tags: 'ffffffff07' }))],
    ['a tag beyond the frame', flexible(flexibleBody({ tags: '01 63 7f 00' }))],
    ['a varint of six bytes', flexible(flexibleBody({ tags: '808080808000' }))],
    ['an array of 2^31-1 elements', plain('7fffffff 0003 6f6464 00')],
    ['a compact array of 2^31-2 elements', flexible(flexibleBody({ count: 'ffffffff07' }))],
    ['null for a name that must be there', plain('00000001 ffff 00')],
    ['a name beyond the frame', plain('00000001 7fff 6f6464 00')],
    ['a compact name of 40,000 bytes', flexible(flexibleBody({ name: `c1b802 ${longName}` }))],
    ['a body that is cut', plain('00000001 0003 6f')],
    ['no body', plain('')],
  ])('after %s', async (_, frame) => {
    expect(await closedOrAnswered(await wire.connect(), frame)).toBe('closed')
    expect((await wire.client.request(apiVersions, 0, {})).errorCode).toBe(0)
  })

  it('after 2^31 tags, which Apache Kafka takes for a negative number, thus none', async () => {
    const frame = flexible(flexibleBody({ tags: '8080808008' }))
    const expected = differs({ here: 'closed', kafka: 'answered' })
    expect(await closedOrAnswered(await wire.connect(), frame)).toBe(expected)
  })
})
