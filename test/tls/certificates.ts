/** Certificates for tests, all with one key: to make another takes longer than most tests. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  makeCertificate,
  type CertificateRequest,
  type KeyAndCertificate,
} from '../../src/tls/make-certificate.ts'

const { privateKey: key } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

const hourMs = 3_600_000

/** `name` is in Java's order: 'CN=alice,OU=Team'. */
export function madeCertificate(
  name: string,
  request: Partial<CertificateRequest> = {},
): Promise<KeyAndCertificate> {
  const subject = name.split(',').toReversed()
  return makeCertificate({
    subject: subject.map(part => part.split('=') as [string, string]),
    hosts: [],
    usage: 'client',
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + hourMs),
    key,
    serialNumber: randomBytes(8).toString('hex'),
    ...request,
  })
}

export interface Certificates {
  authority: KeyAndCertificate
  server: KeyAndCertificate
  client: KeyAndCertificate
  expired: KeyAndCertificate
  /** Signed by an authority of the same name that nobody trusts. */
  stranger: KeyAndCertificate
}

/** An authority, and whom it has signed. */
export async function madeCertificates(): Promise<Certificates> {
  const authority = await madeCertificate('CN=authority', { usage: 'authority' })
  const other = await madeCertificate('CN=other', { usage: 'authority' })
  const hosts = ['localhost', '127.0.0.1']
  return {
    authority,
    server: await madeCertificate('CN=broker', { usage: 'server', hosts, authority }),
    client: await madeCertificate('CN=alice,OU=Team', { authority }),
    expired: await madeCertificate('CN=alice,OU=Team', {
      authority,
      notBefore: new Date(Date.now() - 2 * hourMs),
      notAfter: new Date(Date.now() - hourMs),
    }),
    stranger: await madeCertificate('CN=alice,OU=Team', { authority: other }),
  }
}
