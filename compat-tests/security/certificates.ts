/** Keys and certificates, good ones and bad ones, in PEM files. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import forge from 'node-forge'

const dayMs = 24 * 60 * 60 * 1000

export interface Certificates {
  /** Of who signs everything but what strangers have. */
  authority: string
  /** Of somebody whom nobody trusts. */
  stranger: string
  /** Key and certificate in one file. */
  server: string
  expiredServer: string
  otherHost: string
  client: string
  expiredClient: string
  /** Signed by the stranger. */
  strangeClient: string
}

interface Signer {
  key: forge.pki.rsa.PrivateKey
  name: string
  pem: string
}

/** Writes them into the folder. */
export async function writeCertificates(folder: string): Promise<Certificates> {
  const authority = makeAuthority('Authority')
  const stranger = makeAuthority('Stranger')
  const write = async (name: string, pem: string): Promise<string> => {
    const file = path.join(folder, `${name}.pem`)
    await writeFile(file, pem, { mode: 0o600 })
    return file
  }
  return {
    authority: await write('authority', authority.pem),
    stranger: await write('stranger', stranger.pem),
    server: await write('server', signed(authority, 'server', { host: 'localhost' })),
    expiredServer: await write(
      'expired-server',
      signed(authority, 'server', { host: 'localhost', expired: true }),
    ),
    otherHost: await write('other-host', signed(authority, 'server', { host: 'other.test' })),
    client: await write('client', signed(authority, 'client', {})),
    expiredClient: await write('expired-client', signed(authority, 'client', { expired: true })),
    strangeClient: await write('strange-client', signed(stranger, 'client', {})),
  }
}

function makeAuthority(name: string): Signer {
  const { certificate, privateKey } = unsigned(name, name)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, keyCertSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  certificate.sign(privateKey, forge.md.sha256.create())
  return { key: privateKey, name, pem: forge.pki.certificateToPem(certificate) }
}

/** Key and certificate in one text, as Java wants them. */
function signed(
  signer: Signer,
  name: string,
  { host, expired = false }: { host?: string; expired?: boolean },
): string {
  const { certificate, keyPem } = unsigned(name, signer.name)
  const { validity } = certificate
  if (expired) validity.notAfter = new Date(validity.notBefore.getTime() + dayMs / 4)
  const altNames = host === undefined ? [] : [{ type: 2, value: host }]
  if (host === 'localhost') altNames.push({ type: 7, ip: '127.0.0.1' } as never)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: forge.pki
        .certificateFromPem(signer.pem)
        .generateSubjectKeyIdentifier()
        .bytes(),
    },
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ])
  certificate.sign(signer.key, forge.md.sha256.create())
  return keyPem + forge.pki.certificateToPem(certificate)
}

let serial = 1

function unsigned(subject: string, issuer: string) {
  const { privateKey: keyPem, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = `0${serial++}`
  certificate.validity = {
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 10 * dayMs),
  }
  certificate.setSubject([{ shortName: 'CN', value: subject }])
  certificate.setIssuer([{ shortName: 'CN', value: issuer }])
  return { certificate, keyPem, privateKey: forge.pki.privateKeyFromPem(keyPem) }
}
