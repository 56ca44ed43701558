/** Frames and headers (Kafka: NetworkReceive, RequestHeader, RequestContext, SocketServer). */
import { describe } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { frameOf } from '../raw-client.ts'
import { edited, frame, hex, request, resized } from './bytes.ts'
import { hostile, type Row } from './table.ts'

const client = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
const plain = request(metadata, 4, { topics: [{ name: 'odd' }], allowAutoTopicCreation: false })
const flexible = request(metadata, 12, { topics: [{ name: 'odd' }], allowAutoTopicCreation: false })
const versions = request(apiVersions, 3, client)

/** The header of Metadata v4, with another key, version or client id. */
const header = ({ key = '0003', version = '0004', clientId = '0004 74657374' } = {}): string =>
  `${key} ${version} 00000001 ${clientId}`
const plainBody = '00000001 0003 6f6464 00'
const odd = (fields: object): Buffer => frame(`${header(fields)} ${plainBody}`)

const sizes: readonly Row[] = [
  ['a size of -1', hex('ffffffff'), 'closed'],
  ['a size of -2^31', hex('80000000'), 'closed'],
  ['a size of 2^31-1', hex('7fffffff'), 'closed'],
  ['a size over socket.request.max.bytes', hex('06400001'), 'closed'],
  ['an empty frame', frame(''), 'closed'],
  ['a frame of one byte', frame('00'), 'closed'],
  ['a frame of a key', frame('0012'), 'closed'],
  ['a frame of a key and a version', frame('0012 0000'), 'closed'],
  ['a frame that ends within the correlation id', frame('0012 0000 000000'), 'closed'],
  ['a frame that ends before the client id', frame('0003 0004 00000001'), 'closed'],
  ['a frame that ends before the tags of the header', frame('0003 000c 00000001 0000'), 'closed'],
  ['a request whose size is one too small', frameOf(plain.subarray(4), plain.length - 5), 'closed'],
  ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'), 'closed'],
  ['Redis', Buffer.from('*1\r\n$4\r\nPING\r\n'), 'closed'],
]

const keys: readonly Row[] = [
  ...['270f', 'ffff', '7fff', '8000', '005d'].map((key): Row => [
    `the unknown key ${key}`,
    odd({ key }),
    'closed',
  ]),
  // LeaderAndIsr, StopReplica, UpdateMetadata, ControlledShutdown, Vote, AlterPartition, Envelope,
  // FetchSnapshot, BrokerRegistration, BrokerHeartbeat, AllocateProducerIds.
  ...[4, 5, 6, 7, 52, 56, 58, 59, 62, 63, 67].map((key): Row => [
    `the key ${key}, of brokers among themselves`,
    odd({ key: key.toString(16).padStart(4, '0') }),
    'closed',
  ]),
  ['a version to come', odd({ version: '0063' }), 'closed'],
  ['a negative version', odd({ version: 'ffff' }), 'closed'],
  ...['0000', '0001', '0002'].map((version): Row => [
    `Produce v${Number(version)}, which is advertised and gone (KAFKA-18659)`,
    frame(`0000 ${version} 00000001 0000 ffff 000003e8 00000000`),
    'closed',
  ]),
  ['Fetch v3, which is gone (KIP-896)', odd({ key: '0001', version: '0003' }), 'closed'],
]

const headers: readonly Row[] = [
  ['a client id of null', odd({ clientId: 'ffff' }), 'UNKNOWN_TOPIC_OR_PARTITION'],
  ['a client id of length -2', odd({ clientId: 'fffe' }), 'UNKNOWN_TOPIC_OR_PARTITION'],
  [
    'the client id __proto__',
    odd({ clientId: '0009 5f5f70726f746f5f5f' }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  ['a client id that is no UTF-8', odd({ clientId: '0002 fffe' }), 'UNKNOWN_TOPIC_OR_PARTITION'],
  [
    'a client id of 32,767 bytes',
    odd({ clientId: `7fff ${'61'.repeat(32_767)}` }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  ['a client id beyond the frame', frame(header({ clientId: '7fff 74657374' })), 'closed'],
  [
    'an unknown tag in the header',
    edited(flexible, '7465737400', '74657374 01 63 03 010203'),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'tags in the header that descend',
    edited(flexible, '7465737400', '74657374 02 63 00 05 00'),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'a tag in the header beyond the frame',
    edited(flexible, '7465737400', '74657374 01 63 7f'),
    'closed',
  ],
  ['2^31-1 tags in the header', edited(flexible, '7465737400', '74657374 ffffffff07'), 'closed'],
  [
    '2^31 tags in the header',
    edited(flexible, '7465737400', '74657374 8080808008'),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'a varint of six bytes in the header',
    edited(flexible, '7465737400', '74657374 808080808000'),
    'closed',
  ],
]

const discovery: readonly Row[] = [
  ...['0005', '7fff', 'ffff', '8000'].map((version): Row => [
    `ApiVersions of the version ${version} (KIP-511)`,
    edited(versions, '0012 0003', `0012 ${version}`),
    'UNSUPPORTED_VERSION',
  ]),
  ['ApiVersions to come without a client id', frame('0012 0063 00000001'), 'closed'],
  ['ApiVersions to come without tags', frame('0012 0063 00000001 0000'), 'closed'],
  [
    'ApiVersions to come without a body',
    frame('0012 0063 00000001 0000 00'),
    'UNSUPPORTED_VERSION',
  ],
  ['ApiVersions v0 with a body', frame('0012 0000 00000001 0000 00112233'), 'NONE'],
  ['ApiVersions v3 with bytes behind it', resized(versions, 9), 'NONE'],
  ['ApiVersions v3 without its last byte', resized(versions, -1), 'closed'],
  ['ApiVersions v3 without a body', resized(versions, -8), 'closed'],
  ['ApiVersions by software of null', edited(versions, '05 74657374 02 31', '00 02 31'), 'closed'],
  [
    'ApiVersions by software of no name',
    edited(versions, '05 74657374 02 31', '01 02 31'),
    'INVALID_REQUEST',
  ],
  [
    'ApiVersions by software that is no UTF-8',
    edited(versions, '05 74657374 02', '03 fffe 02'),
    'INVALID_REQUEST',
  ],
  [
    'ApiVersions by software of a long name',
    edited(versions, '05 74657374 02', `ffff01 ${'61'.repeat(32_766)} 02`),
    'NONE',
  ],
  [
    'ApiVersions by software of too long a name',
    edited(versions, '05 74657374 02', `818002 ${'61'.repeat(32_768)} 02`),
    'closed',
  ],
  [
    'ApiVersions ten times',
    Buffer.concat(Array(10).fill(versions)),
    Array(10).fill('NONE').join(' | '),
  ],
]

const good = request(apiVersions, 0, {}, 9)
const sequences: readonly Row[] = [
  ['a request, then an unknown key', Buffer.concat([good, odd({ key: '270f' })]), 'NONE | closed'],
  ['a request, then one that is cut', Buffer.concat([good, resized(plain, -1)]), 'NONE | closed'],
  [
    'two requests, then a bad size',
    Buffer.concat([good, plain, hex('ffffffff')]),
    'NONE | UNKNOWN_TOPIC_OR_PARTITION | closed',
  ],
  [
    'two requests, then HTTP',
    Buffer.concat([good, plain, Buffer.from('GET / HTTP/1.1')]),
    'NONE | UNKNOWN_TOPIC_OR_PARTITION | closed',
  ],
  ['an unknown key, then a request', Buffer.concat([odd({ key: '270f' }), good]), 'closed'],
]

describe('one after the other:', () => hostile(sequences))
describe('frames', () => hostile(sizes))
describe('API keys and versions', () => hostile(keys))
describe('headers', () => hostile(headers))
describe('ApiVersions', () => hostile(discovery))
