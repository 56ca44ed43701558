import { once } from 'node:events'
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KeyAndCertificate } from '../../src/tls/make-certificate.ts'
import { principalText } from '../../src/auth/principal.ts'
import { createConfig } from '../../src/config.ts'
import { TlsListener, type TlsListenerOptions } from '../../src/tls/tls-listener.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { madeCertificate, madeCertificates, type Certificates } from './certificates.ts'
import { secured, sslConfig } from './secure-client.ts'

let certificates: Certificates
beforeAll(async () => {
  certificates = await madeCertificates()
})

const often = { interval: 2 }

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

describe('who a client is', () => {
  it.each(['none', 'requested'])('is nobody without a certificate (%s)', async auth => {
    const { port, principal } = await listening({ 'ssl.client.auth': auth })
    await client(port)
    expect(await principal).toBe('User:ANONYMOUS')
  })

  it('is not asked where no certificate is wanted', async () => {
    const { port, principal } = await listening({ 'ssl.client.auth': 'none' })
    await client(port, shown(certificates.client))
    expect(await principal).toBe('User:ANONYMOUS')
  })

  it.each(['requested', 'required'])('is what the certificate says (%s)', async auth => {
    const { port, principal } = await listening({ 'ssl.client.auth': auth })
    await client(port, shown(certificates.client))
    expect(await principal).toBe('User:CN=alice,OU=Team')
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is the same when %s is resumed', async version => {
    const { port, next } = await listening({ 'ssl.client.auth': 'required' })
    const options = { ...shown(certificates.client), maxVersion: version }
    const first = await client(port, options)
    const [session] = await Promise.all([sessionOf(first), next()])
    const second = await client(port, { ...options, session })
    expect(second.isSessionReused()).toBe(true)
    expect(await next()).toBe('User:CN=alice,OU=Team')
  })

  it('is mapped by rules', async () => {
    const rules = 'RULE:^CN=([^,]*),OU=Team$/$1/U'
    const { port, principal } = await listening({
      'ssl.client.auth': 'required',
      'ssl.principal.mapping.rules': rules,
    })
    await client(port, shown(certificates.client))
    expect(await principal).toBe('User:ALICE')
  })
})

describe('a client is refused', () => {
  const required = { 'ssl.client.auth': 'required' }

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['stranger', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const)('whose certificate is %s, whatever is wanted', async (who, code) => {
    for (const auth of ['requested', 'required']) {
      const { port, refused } = await listening({ 'ssl.client.auth': auth })
      await expectClosed(port, shown(certificates[who]))
      expect(await refused()).toContain(`the client's certificate is refused: ${code}`)
    }
  })

  // Java takes an end without one for a broker that has stopped, and tries again for ever.
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('by an alert (%s)', async version => {
    const { port } = await listening(required)
    for (const who of ['expired', 'stranger'] as const) {
      const refusal = await expectClosed(port, { ...shown(certificates[who]), maxVersion: version })
      expect(refusal).toMatchObject({ code: expect.stringContaining('ALERT') })
    }
    const refusal = await expectClosed(port, { maxVersion: version })
    expect(refusal).toMatchObject({ code: expect.stringContaining('ALERT') })
  })

  // RULES 5.2.13: ssl.client.auth=required rejects missing certificates.
  it('that shows no certificate where one is required', async () => {
    const { port, refused } = await listening(required)
    await expectClosed(port)
    expect(await refused()).toContain('the client has shown no certificate')
  })

  it('whose name no rule fits: it is not ANONYMOUS instead', async () => {
    const rules = { 'ssl.principal.mapping.rules': 'RULE:^CN=bob$/bob/' }
    const { port, refused } = await listening({ ...required, ...rules })
    await expectClosed(port, shown(certificates.client))
    expect(await refused()).toContain('no rule of ssl.principal.mapping.rules fits')
  })

  it('that speaks plain text, in one sentence', async () => {
    const { port, refused } = await listening({})
    await expectPlainClosed(port, Buffer.from('0000000e0012000000000001000474657374', 'hex'))
    expect(await refused()).toContain('the client does not speak TLS')
  })

  it('that speaks HTTP, in one sentence', async () => {
    const { port, refused } = await listening({})
    await expectPlainClosed(port, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
    expect(await refused()).toContain('the client speaks HTTP')
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('that speaks %s at most', async version => {
    const { port, refused } = await listening({})
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    await expectClosed(port, old)
    expect(await refused()).toContain('too old a version of TLS')
  })

  it('that says nothing, when the deadline is over', async () => {
    const { port, clock, refused, accepted } = await listening({})
    const socket = connectPlain(port, '127.0.0.1')
    socket.on('error', () => {})
    await accepted()
    clock.advance(9999)
    expect(socket.destroyed).toBe(false)
    clock.advance(1)
    await once(socket, 'close')
    expect(await refused()).toContain('no TLS handshake within 10000 ms')
  })

  it('that asks for other versions than those that are enabled', async () => {
    const { port } = await listening({ 'ssl.enabled.protocols': 'TLSv1.3' })
    await expectClosed(port, { maxVersion: 'TLSv1.2' })
  })
})

it('speaks the cipher suites that are set, by their names in Java', async () => {
  const suite = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
  const { port } = await listening({ 'ssl.cipher.suites': suite })
  const socket = await client(port)
  expect(socket.getCipher().standardName).toBe(suite)
  expect(socket.getProtocol()).toBe('TLSv1.2')
})

// CVE-2011-1473: each round costs the server more than the client.
it('agrees on keys once for each connection', async () => {
  const { port } = await listening({})
  const socket = await client(port, { maxVersion: 'TLSv1.2' })
  const refusal = new Promise<Error>(resolve => socket.once('error', resolve))
  socket.renegotiate({}, () => {})
  expect((await refusal).message).toMatch(/no renegotiation/)
})

describe('new certificates', () => {
  const stores = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': 'broker.pem',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': 'ca.pem',
  }

  it('are taken when the file changes, and connections stay', async () => {
    const { port, clock, files, logged, next } = await listening(stores)
    const before = await client(port)
    await next()
    const renewed = await serverCertificate()
    files.write('broker.pem', renewed.key + renewed.certificate)
    clock.advance(10_000)
    await vi.waitFor(() => expect(logged).toContain('new certificate'), often)
    const after = await client(port)
    expect(serialOf(after)).not.toBe(serialOf(before))
    expect(before.destroyed).toBe(false)
  })

  it('are not taken when they cannot be used, until they can', async () => {
    const { port, clock, files, refused, logged, next } = await listening(stores)
    const before = await client(port)
    await next()
    files.write('broker.pem', 'half a f')
    clock.advance(10_000)
    expect(await refused()).toContain('broker.pem is neither PEM, PKCS12 nor JKS')
    expect(serialOf(await client(port))).toBe(serialOf(before))
    await next()
    const renewed = await serverCertificate()
    files.write('broker.pem', renewed.key + renewed.certificate)
    clock.advance(10_000)
    await vi.waitFor(() => expect(logged).toContain('new certificate'), often)
  })

  it('have the name and the hosts of the old one, unless others are allowed', async () => {
    const { port, listener, files, config } = await listening(stores)
    const renewed = await serverCertificate({ name: 'CN=other' })
    files.write('broker.pem', renewed.key + renewed.certificate)
    await expect(listener.prepare(config)).rejects.toThrow(
      'Keystore DistinguishedName does not match: existing=CN=broker, new=CN=other',
    )
    const fewer = await serverCertificate({ hosts: ['localhost'] })
    files.write('broker.pem', fewer.key + fewer.certificate)
    await expect(listener.prepare(config)).rejects.toThrow(
      'the new certificate lacks IP Address:127.0.0.1',
    )
    expect(serialOf(await client(port))).not.toBe('')
  })

  it('may differ where that is allowed', async () => {
    const allowed = { 'ssl.allow.dn.changes': 'true', 'ssl.allow.san.changes': 'true' }
    const { listener, files, config, logged } = await listening({ ...stores, ...allowed })
    const renewed = await serverCertificate({ name: 'CN=other', hosts: [] })
    files.write('broker.pem', renewed.key + renewed.certificate)
    const use = await listener.prepare(config)
    use()
    expect(logged).toContain('new certificate')
  })

  it('leave what cannot change while the listener is open', async () => {
    const { listener } = await listening(stores)
    const { config } = configOf({ ...stores, 'ssl.client.auth': 'required' })
    await expect(listener.prepare(config)).rejects.toThrow('Configs cannot be updated dynamically')
  })

  it('do not give way to older ones that took longer to be read', async () => {
    const { port, listener, files, clock, logged } = await listening(stores)
    const slow = Promise.withResolvers<void>()
    const { readFile } = files
    const reading = new Promise<void>(resolve => {
      files.readFile = async path => {
        if (path === 'broker.pem') resolve()
        if (path === 'broker.pem') await slow.promise
        return readFile(path)
      }
    })
    files.write('broker.pem', textOf(await serverCertificate()))
    clock.advance(10_000)
    await reading
    files.readFile = readFile
    files.write('other.pem', textOf(await serverCertificate()))
    const { config } = configOf({ ...stores, 'ssl.keystore.location': 'other.pem' })
    const use = await listener.prepare(config)
    use()
    const set = serialOf(await client(port))
    // The handshake has its deadline until the broker knows that it is over.
    await vi.waitFor(() => expect(clock.pending).toBe(0), often)
    slow.resolve()
    // It looks again when it is done.
    await vi.waitFor(() => expect(clock.pending).toBe(1), often)
    expect(serialOf(await client(port))).toBe(set)
    expect(logged).toEqual(['new certificate'])
  })

  it('end the sessions that were begun with the old one', async () => {
    const { port, listener, files, config } = await listening(stores)
    const session = await sessionOf(await client(port))
    const renewed = await serverCertificate()
    files.write('broker.pem', renewed.key + renewed.certificate)
    const use = await listener.prepare(config)
    use()
    const second = await client(port, { session })
    expect(second.isSessionReused()).toBe(false)
  })
})

it('asks clients of SASL_SSL for certificates only if the listener says so (KIP-684)', async () => {
  const all = { 'ssl.client.auth': 'required' }
  const one = await listening(all, 'SASL_SSL')
  await client(one.port)
  expect(await one.principal).toBe('User:ANONYMOUS')
  const own = { 'listener.name.sasl_ssl.ssl.client.auth': 'required' }
  const other = await listening(own, 'SASL_SSL')
  await expectClosed(other.port)
})

function serverCertificate({ name = 'CN=broker', hosts = ['localhost', '127.0.0.1'] } = {}) {
  const { authority } = certificates
  return madeCertificate(name, { usage: 'server', hosts, authority })
}

/** With TLS 1.3 it comes after the handshake. */
async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  if (socket.getProtocol() === 'TLSv1.2') return socket.getSession()!
  const [session] = await once(socket, 'session')
  return session as Buffer
}

function serialOf(socket: TLSSocket): string {
  return socket.getPeerX509Certificate()!.serialNumber
}

function shown({ key, certificate }: Certificates['client']): ConnectionOptions {
  return { key, cert: certificate }
}

async function client(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = await secured(port, certificates, options)
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.resume()
  return socket
}

/**
 * Resolves with the error that the client has seen, if any. With TLS 1.3 it is secure before the
 * server has looked at its certificate.
 */
async function expectClosed(port: number, options: ConnectionOptions = {}): Promise<unknown> {
  let refusal: unknown
  try {
    const socket = await client(port, options)
    socket.on('error', error => (refusal = error))
    if (!socket.closed) await new Promise<void>(resolve => socket.once('close', () => resolve()))
  } catch (error) {
    refusal = error
  }
  return refusal
}

async function expectPlainClosed(port: number, bytes: Buffer): Promise<void> {
  const socket = connectPlain(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  socket.resume()
  socket.write(bytes)
  await once(socket, 'close')
}

function configOf(settings: Record<string, string>) {
  return createConfig(
    Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
  )
}

const textOf = ({ key, certificate }: KeyAndCertificate): string => key + certificate

/** Files in memory; each write gives a file another time. */
function memoryFiles(initial: Record<string, string>) {
  const contents = new Map(Object.entries(initial))
  const times = new Map<string, number>()
  return {
    write(path: string, text: string): void {
      contents.set(path, text)
      times.set(path, (times.get(path) ?? 0) + 1)
    },
    readFile: (path: string) => Promise.resolve(Buffer.from(contents.get(path)!)),
    fileFacts: (path: string) =>
      Promise.resolve({
        modifiedMs: times.get(path) ?? 0,
        isReadableByAll: false,
        sizeBytes: contents.get(path)?.length,
      }),
  }
}

/** `next` resolves with the principal of each client that got through, in their order. */
async function listening(
  settings: Record<string, string>,
  protocol: TlsListenerOptions['listener']['protocol'] = 'SSL',
) {
  const { server: identity, authority } = certificates
  const { listeners: _, ...strings } = sslConfig(certificates)
  const isByFile = settings['ssl.keystore.location'] !== undefined
  const { config } = configOf({ ...(isByFile ? {} : strings), ...settings })
  const files = memoryFiles({
    'broker.pem': identity.key + identity.certificate,
    'ca.pem': authority.certificate,
  })
  const clock = new ManualClock()
  const reasons: string[] = []
  const logged: string[] = []
  const logger: TlsListenerOptions['logger'] = {
    debug() {},
    info: (_, message) => void logged.push(message),
    warn: facts => void reasons.push(String((facts as { reason?: string }).reason)),
    error: (_, message) => void reasons.push(message),
  }
  const name = protocol
  const listener = await TlsListener.open({
    audit: { record: () => {} },
    listener: { name, protocol },
    config,
    files,
    clock,
    logger,
  })
  const sockets: Socket[] = []
  const principals: string[] = []
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    sockets.push(socket)
    listener.secure(socket, (_, principal) => principals.push(principalText(principal)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const next = (): Promise<string> =>
    vi.waitFor(() => principals.shift() ?? Promise.reject(new Error('nobody came')), often)
  return {
    port: (server.address() as AddressInfo).port,
    listener,
    config,
    files,
    clock,
    logged,
    next,
    get principal() {
      return next()
    },
    refused: () =>
      vi.waitFor(() => reasons.shift() ?? Promise.reject(new Error('nobody was refused')), often),
    accepted: () => vi.waitFor(() => expect(sockets).not.toHaveLength(0), often),
  }
}
