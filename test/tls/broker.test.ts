import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { ConfigClient, DELETE, resource, SET, type Change } from '../handlers/configs.ts'
import { RawClient } from '../raw-client.ts'
import { madeCertificate, madeCertificates, type Certificates } from './certificates.ts'
import { asked, secured, sslConfig } from './secure-client.ts'

let certificates: Certificates
beforeAll(async () => {
  certificates = await madeCertificates()
})

const opened: (AsyncDisposable | Socket)[] = []
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) {
    if ('destroy' in each) each.destroy()
    else await each[Symbol.asyncDispose]()
  }
})

const two = { listeners: 'PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0' }

describe('a broker with TLS', () => {
  it('serves listeners of several protocols at once', async () => {
    const { plain, ssl } = await started(two)
    expect(await asked(opening(connect(plain, '127.0.0.1')))).toBeGreaterThan(100)
    const socket = opening(await secured(ssl, certificates))
    expect(await asked(socket)).toBeGreaterThan(100)
    expect(socket.getProtocol()).toBe('TLSv1.3')
  })

  it('answers a client that has half closed its connection, and closes it then', async () => {
    const { ssl } = await started(two)
    const socket = opening(await secured(ssl, certificates))
    const answer = asked(socket)
    socket.end()
    expect(await answer).toBeGreaterThan(100)
    await once(socket, 'close')
  })

  // As Apache Kafka does: its other listeners are needed all the same.
  it('starts with a certificate that has expired, and says so', async () => {
    const { key, certificate } = certificates.expired
    const store = { 'ssl.keystore.key': key, 'ssl.keystore.certificate.chain': certificate }
    const { plain, warnings } = await started({ ...two, ...store })
    expect(warnings[0]).toMatchObject({ message: expect.stringContaining('has expired') })
    expect(await asked(opening(connect(plain, '127.0.0.1')))).toBeGreaterThan(100)
  })

  it('says in one sentence that a client speaks TLS where nobody does', async () => {
    const { plain, warnings } = await started(two)
    await expect(secured(plain, certificates)).rejects.toThrow('alert handshake failure')
    await expect.poll(() => warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({ reason: expect.stringContaining('speaks TLS, but') })
  })

  it('answers HTTP where TLS is spoken, and says so in one sentence', async () => {
    const { ssl, warnings } = await started(two)
    const socket = opening(connect(ssl, '127.0.0.1'))
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatchSnapshot('answer')
    expect((warnings[0] as { reason: string }).reason).toMatchSnapshot('log')
    await closing(socket)
  })

  // "Garbage in TLS": whatever comes before and behind a handshake ends one connection, no more.
  it('closes connections with garbage, and serves the others', async () => {
    const { ssl } = await started(two)
    const bystander = opening(await secured(ssl, certificates))
    for (const start of ['', '16030100ff', '1603030005', '140303000101', '170303ffff', '80']) {
      const garbage = opening(connect(ssl, '127.0.0.1'))
      const closed = closing(garbage)
      garbage.end(Buffer.concat([Buffer.from(start, 'hex'), randomBytes(300)]))
      await closed
    }
    expect(await asked(bystander)).toBeGreaterThan(100)
  })

  it('closes connections whose records are damaged', async () => {
    const { ssl } = await started(two)
    const raw = opening(connect(ssl, '127.0.0.1'))
    const socket = opening(await secured(ssl, certificates, { socket: raw }))
    const closed = closing(socket)
    raw.write(Buffer.concat([Buffer.from('1703030040', 'hex'), randomBytes(64)]))
    await closed
  })

  it('closes at once, with handshakes under way', async () => {
    const { broker, ssl } = await started(two)
    const silent = connect(ssl, '127.0.0.1')
    const closed = closing(silent)
    await once(silent, 'connect')
    // Another one got through behind it, so that the broker knows of the first.
    opening(await secured(ssl, certificates))
    await broker.close()
    await closed
  })
})

describe('a certificate that is set while the broker runs', () => {
  const names = {
    key: 'listener.name.ssl.ssl.keystore.key',
    chain: 'listener.name.ssl.ssl.keystore.certificate.chain',
  }

  it('is shown to new clients, outlives the change, and is secret', async () => {
    const { ssl, configs } = await started(two)
    const before = opening(await secured(ssl, certificates))
    const renewed = await serverCertificate('CN=broker')
    expect(await set(configs, renewed)).toMatchObject({ error: 'NONE' })
    const after = opening(await secured(ssl, certificates))
    expect(after.getPeerX509Certificate()!.serialNumber).not.toBe(
      before.getPeerX509Certificate()!.serialNumber,
    )
    expect(await asked(before)).toBeGreaterThan(100)
    const told = await configs.set(resource.broker, '0', [2])
    expect(told).toEqual({ [names.key]: null, [names.chain]: null })
  })

  it('is not stored if it cannot be used, whether or not that was to be seen only', async () => {
    const { ssl, configs } = await started(two)
    const stranger = await serverCertificate('CN=somebody else')
    for (const validateOnly of [true, false]) {
      expect(await set(configs, stranger, validateOnly)).toMatchObject({
        error: 'INVALID_REQUEST',
        errorMessage: expect.stringContaining('Keystore DistinguishedName does not match'),
      })
    }
    const broken = { key: certificates.server.key, certificate: 'nothing' }
    expect(await set(configs, broken)).toMatchObject({
      error: 'INVALID_REQUEST',
      errorMessage: `${names.chain}: there is no certificate in it`,
    })
    expect(await configs.set(resource.broker, '0', [2])).toEqual({})
    opening(await secured(ssl, certificates))
  })

  it('gives way to the one that the broker was started with, when it is unset', async () => {
    const { ssl, configs } = await started(two)
    const serial = async () =>
      opening(await secured(ssl, certificates)).getPeerX509Certificate()!.serialNumber
    const first = await serial()
    await set(configs, await serverCertificate('CN=broker'))
    expect(await serial()).not.toBe(first)
    const unset = [names.key, names.chain].map((name): Change => [name, DELETE, null])
    await configs.change(resource.broker, '0', unset)
    expect(await serial()).toBe(first)
  })

  function set(
    configs: ConfigClient,
    { key, certificate }: Certificates['server'],
    validateOnly = false,
  ) {
    const changes: Change[] = [
      [names.key, SET, key],
      [names.chain, SET, certificate],
    ]
    return configs.change(resource.broker, '0', changes, { validateOnly })
  }
})

describe('a broker does not start', () => {
  it.each([
    [
      { 'ssl.keystore.key': undefined, 'ssl.keystore.certificate.chain': undefined },
      'ssl.keystore.location: is not set, and a listener of TLS needs a key',
    ],
    [{ 'ssl.client.auth': 'required' }, 'ssl.truststore.location: is not set, and ssl.client.auth'],
    [{ 'ssl.principal.mapping.rules': 'lower' }, "ssl.principal.mapping.rules: 'lower' is neither"],
    [{ 'ssl.enabled.protocols': 'SSLv3' }, 'ssl.enabled.protocols: SSLv3 is not safe any more'],
    [{ 'ssl.cipher.suites': 'TLS_NONE' }, 'ssl.cipher.suites: OpenSSL has no TLS_NONE'],
  ])('with %j', async (config, message) => {
    const all = { ...sslConfig(certificates), 'ssl.truststore.certificates': undefined, ...config }
    const set = Object.entries(all).filter(([, value]) => value !== undefined)
    const starting = startBroker({ config: Object.fromEntries(set) as Record<string, string> })
    await expect(starting).rejects.toThrow(message)
    await expect(starting).rejects.toMatchObject({ name: 'ConfigError' })
  })
})

function opening<T extends AsyncDisposable>(resource: T): T {
  opened.push(resource)
  return resource
}

/** However it ends. */
function closing(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume()
  return new Promise(resolve => {
    socket.once('close', () => resolve())
  })
}

function serverCertificate(name: string) {
  const { authority } = certificates
  return madeCertificate(name, { usage: 'server', hosts: ['localhost', '127.0.0.1'], authority })
}

async function started(config: Record<string, string>) {
  const warnings: object[] = []
  const logger = {
    debug() {},
    info() {},
    warn: (facts: object, message: string) => void warnings.push({ message, ...facts }),
    error: (facts: object) => void warnings.push(facts),
  }
  const broker = await startBroker({ config: { ...sslConfig(certificates), ...config }, logger })
  opening<StartedBroker>(broker)
  const [plain, ssl] = broker.bootstrapServers.split(',').map(each => Number(each.split(':')[1]))
  const client = opening(await RawClient.connect(`127.0.0.1:${plain}`))
  return { broker, plain: plain!, ssl: ssl!, warnings, configs: new ConfigClient(() => client) }
}
