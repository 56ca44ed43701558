/** HTTP and TLS where Kafka's protocol is spoken: what the client and the log are told. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { RawClient } from './raw-client.ts'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'

let broker: StartedBroker
const warnings: object[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  warnings.length = 0
  await broker.close()
})

async function start(config: Readonly<Record<string, string>>): Promise<number> {
  const warn = (details: object): void => void warnings.push(details)
  const logger = { debug: () => {}, info: () => {}, warn, error: warn }
  broker = await startBroker({ config, logger })
  return Number(broker.bootstrapServers.split(':')[1])
}

/** In pieces, and what comes back until the other end has closed. */
async function answerTo(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = connectPlain(port, '127.0.0.1')
  sockets.push(socket)
  socket.setNoDelay(true)
  let answer = ''
  socket.on('data', chunk => (answer += chunk.toString('latin1')))
  const ended = once(socket, 'close')
  await once(socket, 'connect')
  for (const piece of pieces) await new Promise(resolve => socket.write(piece, resolve))
  await ended
  return answer
}

const request = (method = 'GET'): string =>
  `${method} /v1/topics HTTP/1.1\r\nhost: localhost\r\n\r\n`
const off = { 'http.on.kafka.port': 'none' }

describe('HTTP, where it is off', () => {
  it('is answered with what to do', async () => {
    const port = await start(off)
    expect(await answerTo(port, request())).toMatchSnapshot('answer')
    expect(warnings).toEqual([
      {
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        listener: 'PLAINTEXT',
        reason: expect.any(String),
      },
    ])
    expect((warnings[0] as { reason: string }).reason).toMatchSnapshot('log')
  })

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'TRACE'])(
    'is known by %s',
    async method => {
      const answer = await answerTo(await start(off), request(method))
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\n\r\n\{"error":"KAFKA_PORT"/s)
    },
  )

  it('has no body for HEAD', async () => {
    expect(await answerTo(await start(off), request('HEAD'))).toMatch(/\r\n\r\n$/)
  })

  it('is known when it comes byte by byte', async () => {
    expect(await answerTo(await start(off), ...request().split(''))).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('is answered though the client has more to send than anybody reads', async () => {
    const body = 'x'.repeat(500_000)
    expect(await answerTo(await start(off), request('POST'), body)).toMatch(/"hint":/)
  })

  it('is sent elsewhere by whoever answers it', async () => {
    const advice = async (config: Readonly<Record<string, string>>): Promise<string> => {
      const [, body] = (await answerTo(await start({ ...off, ...config }), request())).split(
        '\r\n\r\n',
      )
      await broker.close()
      return (JSON.parse(body!) as { hint: string }).hint
    }
    expect(await advice({ 'http.port': '0' })).toMatch(/^HTTP is on port \d+\.$/)
    expect(await advice({ development: 'false' })).toMatchSnapshot('production')
    expect(await advice({})).toMatchSnapshot('development')
  })
})

describe('HTTP/2', () => {
  it.each([off, {}])('is told by itself that it is not spoken (%j)', async config => {
    const port = await start(config)
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    const [code, , reason] = (await once(session, 'goaway')) as [number, number, Buffer]
    expect(code).toBe(13)
    expect(String(reason)).toContain('speaks HTTP/2, but')
    session.destroy()
  })
})

describe('TLS', () => {
  it('is told by an alert, and the log says what to do', async () => {
    const port = await start({})
    const socket = connectTls({ port, host: '127.0.0.1' })
    sockets.push(socket)
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    expect((warnings[0] as { reason: string }).reason).toMatchSnapshot('log')
  })
})

it('leaves those alone who speak Kafka', async () => {
  const port = await start(off)
  const client = await RawClient.connect(`127.0.0.1:${port}`)
  const { errorCode } = await client.request(apiVersions, 0, {})
  expect(errorCode).toBe(0)
  // What comes later is no first byte of a client.
  await client.exchange(Buffer.from(request())).catch(() => {})
  expect(warnings).toHaveLength(1)
  await client.closed
})
