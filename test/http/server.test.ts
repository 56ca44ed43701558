import { execFileSync } from 'node:child_process'
import { get, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { openBroker, type Broker } from '../../src/broker.ts'
import { systemClock } from '../../src/clock.ts'
import { createConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { systemRandom } from '../../src/random.ts'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { root } from '../tidy/source.ts'

let broker: Broker

async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  await open({ 'http.port': '0', ...settings })
}

async function open(settings: Readonly<Record<string, string>>): Promise<void> {
  broker = await openBroker({
    config: configOf({ listeners: 'PLAINTEXT://127.0.0.1:0', ...settings }),
    metadata: createMemoryMetadataStore(),
    logs: createMemoryLogStore(() => systemClock.now(), systemRandom.below),
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
}

function configOf(values: Readonly<Record<string, string>>) {
  const settings = Object.entries(values).map(([name, value]) => ({ name, value, origin: name }))
  return createConfig(settings).config
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** fetch() would not let us say under which name we ask. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { host, port } = broker.httpAddress!
  const request = get({ host, port, path, headers, agent: false })
  const [response] = await once(request, 'response')
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, headers: response.headers, body }
}

describe('over HTTP', () => {
  afterEach(() => broker.close())

  it('there is nothing, unless a port is set', async () => {
    await open({})
    expect(broker.httpAddress).toBeUndefined()
  })

  it('the broker says that it runs, and that it is ready', async () => {
    await start()
    expect((await ask('/healthz')).body).toBe('{"status":"running"}\n')
    expect((await ask('/readyz')).body).toBe('{"status":"ready"}\n')
  })

  it('metrics come in the form of Prometheus', async () => {
    await start()
    const { status, headers, body } = await ask('/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toContain('text/plain; version=0.0.4')
    expect(body).toContain('\nodradek_offline_partitions 0\n')
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m)
  })

  it('the guard stands before everything, known paths or not', async () => {
    await start({ 'http.token': 'a token of some length' })
    for (const path of ['/metrics', '/nothing', '/%00', '/healthz/../metrics']) {
      expect((await ask(path)).status).toBe(401)
      expect((await ask(path, { host: 'evil.test' })).status).toBe(421)
      expect((await ask(path, { origin: 'http://evil.test' })).status).toBe(403)
    }
    const authorization = 'Bearer a token of some length'
    expect((await ask('/metrics', { authorization })).status).toBe(200)
    expect(JSON.parse((await ask('/nothing?a', { authorization })).body)).toEqual({
      error: 'NOT_FOUND',
      message: 'there is no GET /nothing',
      hint: 'See /v1/openapi.json for what there is.',
    })
  })

  it('requests have limits', async () => {
    await start()
    expect((await ask('/healthz', { 'x-long': 'x'.repeat(20_000) })).status).toBe(431)
    const { host, port } = broker.httpAddress!
    const socket = connect({ host, port })
    socket.write('no HTTP at all\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /)
    socket.destroy()
  })

  it('it ends with the broker, whoever is connected', async () => {
    await start()
    const { host, port } = broker.httpAddress!
    const socket = connect({ host, port })
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    await broker.close()
    await closed
  })
})

describe('configs of HTTP', () => {
  it.each([
    [{ 'http.host': '0.0.0.0' }, 'http.host: 0.0.0.0 is beyond loopback'],
    [{ 'http.host': '::' }, 'http.host: :: is beyond loopback'],
    [{ 'http.token': 'short' }, 'http.token: shorter than 16 characters'],
  ])('%j is refused', (values, message) => {
    expect(() => configOf({ 'http.port': '8080', ...values })).toThrow(message)
  })

  it('may leave loopback with a token', () => {
    const values = { 'http.host': '0.0.0.0', 'http.token': 'a token of some length' }
    expect(configOf({ 'http.port': '8080', ...values }).httpHost).toBe('0.0.0.0')
  })
})

it('the port does not keep the process alive that a broker is in', () => {
  const start = "await startBroker({ config: { 'http.port': 0 } }); console.log('started')"
  const program = `import { startBroker } from '${root}/src/index.ts'; ${start}`
  const args = ['--input-type=module', '--eval', program]
  expect(execFileSync(process.execPath, args, { timeout: 20_000 }).toString()).toBe('started\n')
})
