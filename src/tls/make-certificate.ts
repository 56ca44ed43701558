/** Makes certificates (X.509), by node-forge. It is large: load this module when it is needed. */
import { generateKeyPair } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** A key and its certificate, in PEM. */
export interface KeyAndCertificate {
  /** PKCS#8, not encrypted. */
  key: string
  certificate: string
}

export interface CertificateRequest {
  /** From the general to the specific: [['OU', 'Team'], ['CN', 'alice']]. */
  subject: readonly (readonly [shortName: string, value: string])[]
  /** Host names and addresses that it is for. */
  hosts: readonly string[]
  usage: 'authority' | 'server' | 'client'
  notBefore: Date
  notAfter: Date
  /** Who signs it; undefined: it signs itself. */
  authority?: KeyAndCertificate
  /** One for all tests is enough; undefined: a new one. */
  key?: string | undefined
  /** An even number of hexadecimal digits, unlike those of others that the authority has signed. */
  serialNumber: string
}

export async function makeCertificate(request: CertificateRequest): Promise<KeyAndCertificate> {
  const { subject, authority, notBefore, notAfter, serialNumber } = request
  const key = request.key ?? (await newKey())
  const privateKey = forge.pki.privateKeyFromPem(key)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  // Positive, and without zeros in front, which DER does not allow.
  certificate.serialNumber = `01${serialNumber}`
  certificate.validity = { notBefore, notAfter }
  certificate.setSubject(subject.map(attribute))
  const issuer = authority && forge.pki.certificateFromPem(authority.certificate)
  certificate.setIssuer(issuer?.subject.attributes ?? certificate.subject.attributes)
  certificate.setExtensions(extensions(request, issuer ?? certificate))
  const signer = authority ? forge.pki.privateKeyFromPem(authority.key) : privateKey
  certificate.sign(signer, forge.md.sha256.create())
  return { key, certificate: unixLines(forge.pki.certificateToPem(certificate)) }
}

/** RSA, which every client of Kafka reads. */
async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return privateKey
}

function attribute([shortName, value]: readonly [string, string]) {
  const { UTF8 } = forge.asn1.Type
  return { shortName, value, valueTagClass: UTF8 as unknown as forge.asn1.Class }
}

function extensions({ usage, hosts }: CertificateRequest, issuer: forge.pki.Certificate): object[] {
  const isAuthority = usage === 'authority'
  const altNames = hosts.map(host =>
    isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host },
  )
  return [
    { name: 'basicConstraints', critical: true, cA: isAuthority },
    isAuthority
      ? { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true }
      : { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes(),
    },
    // A broker is a client of others where it is one of several.
    ...(isAuthority
      ? []
      : [{ name: 'extKeyUsage', serverAuth: usage === 'server', clientAuth: true }]),
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ]
}

/** forge ends lines as MIME does. */
function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
