/** From the `ssl.*` configs of a listener to its key, its certificates and whom it trusts. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { FileFacts } from '../../storage/file/fs.ts'
import type { ListenerSettings } from '../config/listener-configs.ts'
import { pemCertificates, pemKeys, readStore, storeFormat, type Store } from './stores.ts'

/** Of a store; one with all the authorities that browsers trust has a few hundred KB. */
const maxStoreBytes = 16 * 1024 * 1024

/** The file system, as far as stores need it. */
export interface StoreFiles {
  readFile(path: string): Promise<Buffer>
  fileFacts(path: string): Promise<FileFacts>
}

/** The configs that say where keys and certificates are. */
export type StoreSettings = Pick<
  ListenerSettings,
  | 'sslClientAuth'
  | 'sslKeyPassword'
  | 'sslKeystoreCertificateChain'
  | 'sslKeystoreKey'
  | 'sslKeystoreLocation'
  | 'sslKeystorePassword'
  | 'sslKeystoreType'
  | 'sslTruststoreCertificates'
  | 'sslTruststoreLocation'
  | 'sslTruststorePassword'
  | 'sslTruststoreType'
>

export interface CredentialsOptions {
  settings: StoreSettings
  files: StoreFiles
  /** The name by which a config of the listener is set. */
  nameOf: (config: string) => string
  /** Milliseconds since the epoch. */
  nowMs: number
}

export interface Credentials {
  key: KeyObject
  /** That of the broker, then those of who signed it. */
  chain: readonly X509Certificate[]
  /** Whose signature a client's certificate needs; undefined: nobody asks for one. */
  trusted: readonly X509Certificate[] | undefined
  /** What is unwise, in words. */
  warnings: readonly string[]
}

/** Throws a RangeError that begins with the name of the config that cannot be. */
export async function loadCredentials(options: CredentialsOptions): Promise<Credentials> {
  const { key, chain } = await loadIdentity(options)
  const trusted = await trustStore(options)
  const warnings = [...expiry(chain[0]!, options), ...(await exposure(options))]
  return { key, chain, trusted, warnings }
}

/** The key and its certificates. Throws as `loadCredentials`. */
export async function loadIdentity(
  options: CredentialsOptions,
): Promise<Pick<Credentials, 'key' | 'chain'>> {
  return checkedIdentity(await keyStore(options), options)
}

async function keyStore(options: CredentialsOptions): Promise<Store> {
  const { settings, nameOf } = options
  const { sslKeystoreKey, sslKeystoreCertificateChain, sslKeystoreLocation } = settings
  if (sslKeystoreKey === null && sslKeystoreCertificateChain === null) {
    if (sslKeystoreLocation === null) throw new RangeError(noIdentity(nameOf))
    return readFileStore('keystore', sslKeystoreLocation, options)
  }
  if (sslKeystoreLocation !== null) throw new RangeError(bothGiven('keystore', 'key', nameOf))
  if (sslKeystoreKey === null || sslKeystoreCertificateChain === null) {
    const missing = sslKeystoreKey === null ? 'ssl.keystore.key' : 'ssl.keystore.certificate.chain'
    throw new RangeError(`${missing}: is not set; the key and its certificates go together`)
  }
  return {
    keys: readKeys(sslKeystoreKey, 'ssl.keystore.key', options),
    certificates: readCertificates(
      sslKeystoreCertificateChain,
      nameOf('ssl.keystore.certificate.chain'),
    ),
  }
}

function noIdentity(nameOf: CredentialsOptions['nameOf']): string {
  return (
    `${nameOf('ssl.keystore.location')}: is not set, and a listener of TLS needs a key and a` +
    ' certificate; `odradek certs` makes them'
  )
}

function bothGiven(store: StoreKind, text: string, nameOf: CredentialsOptions['nameOf']): string {
  const location = nameOf(`ssl.${store}.location`)
  return `${location}: is set, and so is ${nameOf(`ssl.${store}.${text}`)}; remove one of them`
}

/** Who may sign certificates of others; undefined where nobody is named. */
export async function trustStore(
  options: CredentialsOptions,
): Promise<X509Certificate[] | undefined> {
  const { settings, nameOf } = options
  const { sslTruststoreCertificates, sslTruststoreLocation, sslClientAuth } = settings
  if (sslTruststoreCertificates !== null) {
    if (sslTruststoreLocation === null) {
      return readCertificates(sslTruststoreCertificates, nameOf('ssl.truststore.certificates'))
    }
    throw new RangeError(bothGiven('truststore', 'certificates', nameOf))
  }
  if (sslTruststoreLocation !== null) {
    const { certificates } = await readFileStore('truststore', sslTruststoreLocation, options)
    if (certificates.length > 0) return certificates
    throw new RangeError(`${nameOf('ssl.truststore.location')}: there is no certificate in it`)
  }
  if (sslClientAuth === 'none') return undefined
  throw new RangeError(
    `${nameOf('ssl.truststore.location')}: is not set, and ssl.client.auth=${sslClientAuth} needs` +
      " the certificates of who may sign those of clients: Node.js does not read Java's",
  )
}

type StoreKind = 'keystore' | 'truststore'

async function readFileStore(
  kind: StoreKind,
  path: string,
  options: CredentialsOptions,
): Promise<Store> {
  const { settings, files, nameOf } = options
  const isKeyStore = kind === 'keystore'
  const location = nameOf(`ssl.${kind}.location`)
  const bytes = await readable(location, readStoreFile(path, files))
  const type = isKeyStore ? settings.sslKeystoreType : settings.sslTruststoreType
  const format = checkedFormat(bytes, type, nameOf(`ssl.${kind}.type`), `${location}: ${path}`)
  const password = isKeyStore ? settings.sslKeystorePassword : settings.sslTruststorePassword
  const passwordName = nameOf(`ssl.${kind}.password`)
  if (format === 'PEM') {
    if (password !== null) {
      throw new RangeError(
        `${passwordName}: is set, but a file in PEM has none; ssl.key.password is that of a key`,
      )
    }
    const text = bytes.toString('latin1')
    const keys = isKeyStore ? readKeys(text, 'ssl.keystore.location', options) : []
    return { keys, certificates: readCertificates(text, location) }
  }
  if (isKeyStore && password === null) {
    throw new RangeError(`${passwordName}: is not set, and ${path} needs it`)
  }
  try {
    return await readStore(bytes, format, { store: password, key: settings.sslKeyPassword })
  } catch (error) {
    const reason = /password/i.test(messageOf(error)) ? `; is ${passwordName} right?` : ''
    throw new RangeError(`${location}: ${path} cannot be read: ${messageOf(error)}${reason}`)
  }
}

/** Clients that may set configs name any path: a pipe would hold up all further changes. */
async function readStoreFile(path: string, files: StoreFiles): Promise<Buffer> {
  const { sizeBytes } = await files.fileFacts(path)
  if (sizeBytes === undefined) throw new Error(`${path} is no file`)
  if (sizeBytes > maxStoreBytes) throw new Error(`${path} has more than ${maxStoreBytes} bytes`)
  return files.readFile(path)
}

/** Java reads PKCS12 under either of its names; so do we. */
function checkedFormat(
  bytes: Buffer,
  type: string,
  typeName: string,
  where: string,
): 'PEM' | 'PKCS12' | 'JKS' {
  const format = storeFormat(bytes)
  if (format === undefined) throw new RangeError(`${where} is neither PEM, PKCS12 nor JKS`)
  if (format === 'JCEKS') {
    throw new RangeError(
      `${where} is JCEKS, which is not read here; convert it: keytool -importkeystore` +
        ' -srckeystore FILE -srcstoretype JCEKS -destkeystore FILE.p12 -deststoretype PKCS12',
    )
  }
  const given = type.toUpperCase()
  if (!['PEM', 'PKCS12', 'JKS'].includes(given)) {
    throw new RangeError(`${typeName}: ${type} is none of PEM, PKCS12, JKS`)
  }
  if ((format === 'PEM') !== (given === 'PEM')) {
    throw new RangeError(`${typeName}: is ${type}, but the file is ${format}; set it to ${format}`)
  }
  return format
}

function readKeys(text: string, config: string, options: CredentialsOptions): KeyObject[] {
  const { settings, nameOf } = options
  try {
    return pemKeys(text, settings.sslKeyPassword)
  } catch (error) {
    const password = nameOf('ssl.key.password')
    const advice = settings.sslKeyPassword === null ? 'not set; is the key encrypted?' : 'right?'
    const reason = `a private key cannot be read (${messageOf(error)})`
    throw new RangeError(`${nameOf(config)}: ${reason}; is ${password} ${advice}`)
  }
}

function readCertificates(text: string, config: string): X509Certificate[] {
  let certificates: X509Certificate[]
  try {
    certificates = pemCertificates(text)
  } catch (error) {
    throw new RangeError(`${config}: a certificate cannot be read: ${messageOf(error)}`)
  }
  if (certificates.length > 0) return certificates
  throw new RangeError(`${config}: there is no certificate in it`)
}

/** One key, and its certificate first. */
function checkedIdentity(
  { keys, certificates }: Store,
  options: CredentialsOptions,
): Pick<Credentials, 'key' | 'chain'> {
  const config = certificateConfig(options)
  const [key] = keys
  if (key === undefined) throw new RangeError(`${config}: there is no private key in it`)
  const own = certificates.find(certificate => certificate.checkPrivateKey(key))
  if (own === undefined) {
    throw new RangeError(`${config}: no certificate in it is that of the private key`)
  }
  return { key, chain: chainOf(own, certificates) }
}

/** Where the certificate was given. */
function certificateConfig({ settings, nameOf }: CredentialsOptions): string {
  const isFile = settings.sslKeystoreLocation !== null
  return nameOf(isFile ? 'ssl.keystore.location' : 'ssl.keystore.certificate.chain')
}

/** Up to the authority that has signed itself, which clients have. */
function chainOf(
  own: X509Certificate,
  certificates: readonly X509Certificate[],
): X509Certificate[] {
  const chain = [own]
  for (let last = own; ;) {
    const issuer = certificates.find(each => !chain.includes(each) && last.checkIssued(each))
    if (issuer === undefined) return chain
    chain.push(issuer)
    last = issuer
  }
}

/** A broker that does not start for it would not serve its other listeners either: Kafka starts. */
function expiry(own: X509Certificate, options: CredentialsOptions): string[] {
  if (own.validToDate.getTime() > options.nowMs) return []
  const config = certificateConfig(options)
  return [`${config}: the certificate of the broker has expired (${own.validTo}); make a new one`]
}

async function exposure(options: CredentialsOptions): Promise<string[]> {
  const { settings, files, nameOf } = options
  const path = settings.sslKeystoreLocation
  if (path === null) return []
  const { isReadableByAll } = await readable('ssl.keystore.location', files.fileFacts(path))
  if (!isReadableByAll) return []
  const name = nameOf('ssl.keystore.location')
  return [`${name}: everybody on this machine can read the private key: chmod 600 ${path}`]
}

async function readable<T>(config: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    throw new RangeError(`${config}: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
