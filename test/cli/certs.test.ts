import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker } from '../../src/index.ts'
import { asked } from '../tls/secure-client.ts'
import { odradek } from './recorded.ts'

/** With what it has printed. */
async function certs(...args: string[]): Promise<string> {
  const { stdout } = await odradek('certs', ...args)
  return stdout.join('\n')
}

// Keys are made of chance: it takes their time.
describe('odradek certs', { timeout: 30_000 }, () => {
  let folder: string
  let directory: string
  let told: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-certs-'))
    directory = path.join(folder, 'made')
    const clients = ['--client', 'alice', 'bob']
    told = await certs(directory, '--host', 'broker.test', '127.0.0.1', ...clients, '--days', '2')
  }, 30_000)
  afterAll(() => rm(folder, { recursive: true }))

  const made = (name: string): Promise<string> => readFile(path.join(directory, name), 'utf8')

  it('makes an authority, and what it has signed', async () => {
    expect((await readdir(directory)).toSorted()).toEqual([
      'alice.pem',
      'bob.pem',
      'broker.pem',
      'ca.key',
      'ca.pem',
    ])
    const authority = new X509Certificate(await made('ca.pem'))
    expect(authority.ca).toBe(true)
    for (const name of ['alice', 'bob', 'broker']) {
      const certificate = new X509Certificate(await made(`${name}.pem`))
      expect(certificate.verify(authority.publicKey)).toBe(true)
      expect(certificate.checkIssued(authority)).toBe(true)
      expect(certificate.subject).toBe(`CN=${name}`)
      const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000
      expect(Math.round(days)).toBe(2)
    }
    const broker = new X509Certificate(await made('broker.pem'))
    expect(broker.subjectAltName).toBe('DNS:broker.test, IP Address:127.0.0.1')
  })

  it('keeps keys to their owner, where the system has such rights', async () => {
    const ownerOnly = process.platform === 'win32' ? 0o666 : 0o600
    for (const name of ['ca.key', 'broker.pem', 'alice.pem']) {
      const { mode } = await stat(path.join(directory, name))
      expect(mode & 0o777, name).toBe(ownerOnly)
    }
  })

  it('says what a broker needs, and it does', async () => {
    const properties = told.split('The broker')[1]!.split('\n\n')[0]!
    const lines = properties.split('\n').filter(line => /^ {2}[a-z]/.test(line))
    const config = Object.fromEntries(lines.map(line => line.trim().split('=')))
    const listeners = { listeners: 'SSL://127.0.0.1:0' }
    await using broker = await startBroker({ config: { ...config, ...listeners } })
    const port = Number(broker.bootstrapServers.split(':')[1])
    const [ca, alice] = [await made('ca.pem'), await made('alice.pem')]
    const socket = connect({ host: '127.0.0.1', port, ca, key: alice, cert: alice })
    expect(await asked(socket)).toBeGreaterThan(100)
    socket.destroy()
  })

  it('replaces nothing, unless it is told to', async () => {
    const before = await made('ca.pem')
    await expect(certs(directory)).rejects.toThrow('ca.pem is there already; --force replaces it')
    expect(await made('ca.pem')).toBe(before)
    await certs(directory, '--force')
    expect(await made('ca.pem')).not.toBe(before)
  })

  it.each([
    [['--client', '../alice'], '--client ../alice: use'],
    [['--client', 'broker'], '--client broker: use'],
    [['--client', 'a', 'a'], '--client a: twice'],
    [['--days', '0'], 'it is not a number of days from 1 to 3650'],
  ])('refuses %j', async (args, message) => {
    await expect(certs(path.join(folder, 'none'), ...args)).rejects.toThrow(message)
    expect(await readdir(folder)).not.toContain('none')
  })
})
