/**
 * Bytes that are no request: the broker closes that connection, says why in one log line, and
 * serves everybody else. (What Apache Kafka does in SocketServer and RequestContext.)
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { errors } from '../protocol/errors.ts'
import { writeRequestHeader } from '../protocol/header.ts'
import { Reader, Writer } from '../protocol/wire.ts'
import { startBroker, type StartedBroker } from '../src/index.ts'
import type { Logger } from '../src/logger.ts'
import { frameOf, RawClient, requestFrame } from './raw-client.ts'

interface LogLine {
  level: string
  details: { peer?: string; reason?: string }
}

const log: LogLine[] = []
const logTo =
  (level: string) =>
  (details: object): void =>
    void log.push({ level, details })
const logger: Logger = {
  debug: () => {},
  info: logTo('info'),
  warn: logTo('warn'),
  error: logTo('error'),
}

let broker: StartedBroker
let bystander: RawClient

beforeAll(async () => {
  broker = await startBroker({ logger })
  bystander = await RawClient.connect(broker.bootstrapServers)
})
afterAll(async () => {
  await bystander[Symbol.asyncDispose]()
  await broker.close()
})

const apiVersionsBody = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }

async function expectOthersServed(): Promise<void> {
  const reply = await bystander.request(apiVersions, 3, apiVersionsBody)
  expect(reply.errorCode).toBe(errors.NONE)
}

/** Sends the bytes on a connection of their own and gives the log lines that they caused. */
async function send(bytes: Buffer): Promise<LogLine[]> {
  log.length = 0
  await using client = await RawClient.connect(broker.bootstrapServers)
  client.write(bytes)
  await client.closed
  await expectOthersServed()
  return [...log]
}

function header(apiKey: number, apiVersion: number): Buffer {
  const writer = new Writer()
  writeRequestHeader(writer, { apiKey, apiVersion, correlationId: 7, clientId: 'test' }, false)
  return Buffer.concat(writer.finish())
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const metadataV1 = requestFrame(metadata, 1, { topics: [{ name: 'topic' }] }, 7)
const metadataV12 = requestFrame(metadata, 12, { topics: [{ name: 'topic' }] }, 7)
const tlsClientHello = Buffer.from('16030100c8010000c40303', 'hex')

const badFrames: [string, Buffer][] = [
  ['an unknown API key', frameOf(header(9999, 0))],
  ['a negative API key', frameOf(header(-1, 0))],
  ['an unknown version', frameOf(header(metadata.key, 99))],
  ['a negative version', frameOf(header(metadata.key, -1))],
  ['a version that Kafka has dropped', frameOf(header(0, 2))],
  ['a size of 2 GB', int32(2 ** 31 - 1)],
  ['a size over socket.request.max.bytes', int32(104_857_601)],
  ['a negative size', int32(-1)],
  ['an empty frame', int32(0)],
  ['a frame of one byte', frameOf(Buffer.from([0]))],
  ['half a header', frameOf(header(metadata.key, 1).subarray(0, 6))],
  ['a client id longer than the frame', frameOf(Buffer.from('00030001000000077fff', 'hex'))],
  ['a body that is cut', frameOf(metadataV1.subarray(4, -3))],
  ['an array of 2^31 - 1', frameOf(Buffer.concat([header(3, 1), int32(2 ** 31 - 1)]))],
  ['null for an array that must be there', frameOf(Buffer.concat([header(3, 0), int32(-1)]))],
  ['a string longer than the frame', withByte(metadataV1, metadataV1.length - 7, 0x7f)],
  ['a compact array of 2^32 - 1', withBytes(metadataV12, 19, 'ffffffff0f')],
  ['a varint without end', withBytes(metadataV12, 19, 'ffffffffffffffffffff')],
]

function withByte(frame: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(frame)
  copy[at] = value
  return copy
}

function withBytes(frame: Buffer, at: number, hex: string): Buffer {
  return frameOf(Buffer.concat([frame.subarray(4, at), Buffer.from(hex, 'hex')]))
}

describe('bad frames', () => {
  it.each(badFrames)('%s closes the connection with one log line', async (_, bytes) => {
    const lines = await send(bytes)
    expect(lines).toEqual([
      {
        level: 'warn',
        details: { peer: expect.stringMatching(/^127/), reason: expect.any(String) },
      },
    ])
  })

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
    ['TLS', tlsClientHello],
  ])('%s on this port is recognised', async (protocol, bytes) => {
    const lines = await send(bytes)
    expect(lines).toHaveLength(1)
    expect(lines[0]!.details.reason).toContain(protocol)
  })

  it('says which request could not be read', async () => {
    const [unknownKey] = await send(frameOf(header(9999, 0)))
    expect(unknownKey!.details.reason).toContain('9999')
    const [unknownVersion] = await send(frameOf(header(metadata.key, 99)))
    expect(unknownVersion!.details.reason).toContain('Metadata v99')
  })

  it('a connection that ends within a frame is no event', async () => {
    log.length = 0
    await using client = await RawClient.connect(broker.bootstrapServers)
    client.write(metadataV1.subarray(0, 9))
    client.end()
    await client.closed
    await expectOthersServed()
    expect(log).toEqual([])
  })

  it('ApiVersions of an unknown version is answered in version 0 (KIP-511)', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const garbage = Buffer.from([1, 2, 3, 4, 5])
    const unknown = frameOf(Buffer.concat([header(apiVersions.key, 99), garbage]))
    const reader = new Reader(await client.exchange(unknown))
    expect(reader.int32()).toBe(7)
    const reply = apiVersions.responseCodec(0).decode(reader)
    expect(reply.errorCode).toBe(errors.UNSUPPORTED_VERSION)
    const [minVersion, maxVersion] = apiVersions.versions
    expect(reply.apiKeys).toEqual([{ apiKey: apiVersions.key, minVersion, maxVersion }])
    // The client goes on with what it has learnt, on the same connection.
    expect((await client.request(apiVersions, maxVersion, apiVersionsBody)).errorCode).toBe(0)
  })
})
