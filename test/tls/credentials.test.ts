import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { KeyAndCertificate } from '../../src/tls/make-certificate.ts'
import type { FileFacts } from '../../storage/file/fs.ts'
import { createConfig } from '../../src/config.ts'
import { loadCredentials, type StoreFiles } from '../../src/tls/credentials.ts'
import { nameOnListener, tlsSettings } from '../../src/tls/tls-settings.ts'
import { madeCertificate, madeCertificates, type Certificates } from './certificates.ts'

/**
 * Made by keytool of Java 17, valid for 100 years: ec.p12 and legacy.p12 (the ciphers of Java 8)
 * with a key and its certificate, ks.jks with another one whose key has a password of its own,
 * ts.p12 and ts.jks with the certificate alone, x.jceks. Their password is changeit.
 */
const stores = path.join(import.meta.dirname, 'stores')

let certificates: Certificates
/** It has a key of its own. */
let root: KeyAndCertificate
let texts: Record<string, string>
beforeAll(async () => {
  certificates = await madeCertificates()
  const { server, authority, client, expired } = certificates
  root = await madeCertificate('CN=root', { usage: 'authority', key: undefined })
  const signed = await madeCertificate('CN=broker', { usage: 'server', authority: root })
  const encrypted = createPrivateKey(server.key).export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  })
  texts = {
    'broker.pem': server.key + server.certificate,
    'chain.pem': root.certificate + signed.key + signed.certificate,
    'encrypted.pem': encrypted.toString() + server.certificate,
    'key.pem': server.key,
    'certificate.pem': server.certificate,
    'ca.pem': `a comment\n${authority.certificate}${client.certificate}`,
    'expired.pem': expired.key + expired.certificate,
    'broken.pem': `${server.key}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    'empty.pem': '-----BEGIN NOTHING-----\n-----END NOTHING-----\n',
    'text.txt': 'hello',
  }
})

const pem = { 'ssl.keystore.type': 'PEM' }
const inPem = (file: string) => ({ ...pem, 'ssl.keystore.location': file })
const inJava = (file: string, password = 'changeit') => ({
  'ssl.keystore.location': file,
  'ssl.keystore.password': password,
})

describe('the key of a listener', () => {
  it.each([
    ['a file in PEM', inPem('broker.pem'), ['broker']],
    ['a file in PEM, in any order', inPem('chain.pem'), ['broker', 'root']],
    ['an encrypted one', { ...inPem('encrypted.pem'), 'ssl.key.password': 'secret' }, ['broker']],
    ['PKCS12', { ...inJava('ec.p12'), 'ssl.keystore.type': 'PKCS12' }, ['broker']],
    // Java 9 and later make PKCS12 and call it by the old name, which is Kafka's default.
    ['PKCS12 under the name of JKS', inJava('ec.p12'), ['broker']],
    ['PKCS12 of Java 8', inJava('legacy.p12'), ['broker']],
    ['JKS', { ...inJava('ks.jks'), 'ssl.key.password': 'keysecret' }, ['broker']],
  ])('is read from %s', async (_, settings, names) => {
    const { key, chain, warnings } = await loaded(settings)
    expect(key.type).toBe('private')
    expect(chain[0]!.checkPrivateKey(key)).toBe(true)
    expect(chain.map(({ subject }) => /CN=(\w+)/.exec(subject)![1])).toEqual(names)
    expect(warnings).toEqual([])
  })

  it('is read from texts', async () => {
    const { server } = certificates
    const { key, chain } = await loaded({
      ...pem,
      'ssl.keystore.key': server.key,
      'ssl.keystore.certificate.chain': server.certificate,
    })
    expect(chain[0]!.checkPrivateKey(key)).toBe(true)
  })

  it('is named in a warning where everybody can read it', async () => {
    const { warnings } = await loaded(inPem('broker.pem'), { isReadableByAll: true })
    expect(warnings).toEqual([expect.stringMatching(/^ssl\.keystore\.location: .* chmod 600 /)])
  })
})

describe('who is trusted', () => {
  it.each([
    ['nobody', {}, undefined],
    ['PEM', { 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': 'ca.pem' }, 2],
    ['PKCS12', { 'ssl.truststore.location': 'ts.p12', 'ssl.truststore.password': 'changeit' }, 1],
    ['JKS', { 'ssl.truststore.location': 'ts.jks', 'ssl.truststore.password': 'changeit' }, 1],
    // Java reads certificates without the password, which only shows that the file is intact.
    ['JKS without its password', { 'ssl.truststore.location': 'ts.jks' }, 1],
  ])('is read from %s', async (_, settings, count) => {
    const { trusted } = await loaded({ ...inPem('broker.pem'), ...settings })
    expect(trusted?.length).toBe(count)
  })
})

it('credentials that have expired are told of', async () => {
  const { warnings } = await loaded(inPem('expired.pem'))
  expect(warnings).toEqual([expect.stringContaining('the certificate of the broker has expired')])
})

describe('credentials are refused', () => {
  const location = 'ssl.keystore.location'
  const type = 'ssl.keystore.type'
  it.each([
    [{}, `${location}: is not set, and a listener of TLS needs a key and a certificate`],
    [inPem('none.pem'), `${location}: ENOENT`],
    [inPem('text.txt'), `${location}: text.txt is neither PEM, PKCS12 nor JKS`],
    [inPem('key.pem'), `${location}: there is no certificate in it`],
    [inPem('certificate.pem'), `${location}: there is no private key in it`],
    [inPem('broken.pem'), `${location}: a certificate cannot be read: `],
    [inPem('empty.pem'), `${location}: there is no certificate in it`],
    [inPem('encrypted.pem'), 'is ssl.key.password not set; is the key encrypted?'],
    [{ ...inPem('encrypted.pem'), 'ssl.key.password': 'no' }, 'is ssl.key.password right?'],
    [{ ...inPem('ec.p12') }, `${type}: is PEM, but the file is PKCS12; set it to PKCS12`],
    [inJava('broker.pem'), `${type}: is JKS, but the file is PEM; set it to PEM`],
    [{ ...inJava('ec.p12'), [type]: 'BKS' }, `${type}: BKS is none of PEM, PKCS12, JKS`],
    [inJava('ec.p12', 'no'), 'is ssl.keystore.password right?'],
    [inJava('ks.jks', 'no'), 'is ssl.keystore.password right?'],
    [inJava('ks.jks'), 'the password of the key is wrong'],
    [{ [location]: 'ec.p12' }, 'ssl.keystore.password: is not set, and ec.p12 needs it'],
    [inJava('ts.p12'), `${location}: there is no private key in it`],
    [inJava('x.jceks'), 'convert it: keytool -importkeystore -srckeystore FILE'],
    [{ ...inPem('broker.pem'), 'ssl.keystore.password': 'x' }, 'a file in PEM has none'],
    [{ ...pem, 'ssl.keystore.key': 'x' }, 'ssl.keystore.certificate.chain: is not set'],
    [{ ...inPem('broker.pem'), 'ssl.keystore.key': 'x' }, 'and so is ssl.keystore.key; remove one'],
    [{ ...inPem('broker.pem'), 'ssl.client.auth': 'required' }, 'ssl.truststore.location: is not'],
    [
      { ...inPem('broker.pem'), 'ssl.truststore.location': 'ts.p12' },
      'is ssl.truststore.password right?',
    ],
  ])('with %j', async (settings, message) => {
    await expect(loaded(settings)).rejects.toThrow(message)
  })

  it.each([
    [undefined, 'broker.pem is no file'],
    [17_000_000, 'broker.pem has more than 16777216 bytes'],
  ])('from what is no file, or too large a one: %s bytes', async (sizeBytes, message) => {
    const files = { sizeBytes, readFile: () => Promise.reject(new Error('was read')) }
    await expect(loaded(inPem('broker.pem'), files)).rejects.toThrow(`${location}: ${message}`)
  })

  it('whose certificate is that of another key', async () => {
    const settings = {
      ...pem,
      'ssl.keystore.key': root.key,
      'ssl.keystore.certificate.chain': certificates.server.certificate,
    }
    await expect(loaded(settings)).rejects.toThrow(
      'ssl.keystore.certificate.chain: no certificate in it is that of the private key',
    )
  })

  it('by the name under which they are set', async () => {
    const own = 'listener.name.ssl.ssl.keystore.location'
    await expect(loaded({ ...pem, [own]: 'none.pem' })).rejects.toThrow(`${own}: ENOENT`)
  })

  it('without a word of their passwords', async () => {
    for (const file of ['ec.p12', 'ks.jks']) {
      const refusal: unknown = await loaded(inJava(file, 'S3CRET')).catch((error: unknown) => error)
      expect(String(refusal)).not.toContain('S3CRET')
    }
  })
})

function loaded(set: Record<string, string>, given: Partial<FileFacts & StoreFiles> = {}) {
  const facts = { modifiedMs: 0, isReadableByAll: false, sizeBytes: 1000, ...given }
  const settings = Object.entries(set).map(([name, value]) => ({ name, value, origin: name }))
  const { config } = createConfig(settings)
  const listener = { name: 'SSL', protocol: 'SSL' } as const
  const files: StoreFiles = {
    readFile: async file =>
      Object.hasOwn(texts, file) ? Buffer.from(texts[file]!) : readFile(path.join(stores, file)),
    fileFacts: () => Promise.resolve(facts),
    ...given,
  }
  return loadCredentials({
    settings: tlsSettings(listener, config),
    files,
    nameOf: name => nameOnListener(config, listener.name, name),
    nowMs: Date.now(),
  })
}
