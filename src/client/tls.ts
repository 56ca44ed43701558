/** From the `ssl.*` configs of a client to what a connection needs. */
import type { ConnectionOptions } from 'node:tls'
import { fileFacts, nodeFs } from '../../storage/file/fs.ts'
import { loadIdentity, trustStore, type CredentialsOptions } from '../tls/credentials.ts'
import { tlsProtocols } from '../tls/protocols.ts'
import { storeFormat } from '../tls/stores.ts'
import type { ClientConfig } from './settings.ts'

/** Throws a RangeError that begins with the name of the config that cannot be. */
export async function tlsOptions(config: ClientConfig, nowMs: number): Promise<ConnectionOptions> {
  const settings = await storeSettings(config)
  const options = {
    settings,
    files: { readFile: nodeFs.readFile, fileFacts },
    nameOf: (name: string) => name,
    nowMs,
  }
  const { sslEnabledProtocols, sslProtocol, sslCipherSuites } = config
  const trusted = await trustStore(options)
  return {
    ...tlsProtocols(sslEnabledProtocols, sslProtocol, sslCipherSuites ?? []),
    ...(trusted === undefined ? {} : { ca: trusted.map(String) }),
    ...(await identity(options)),
    ...(config.enableSslCertificateVerification ? {} : { rejectUnauthorized: false }),
    ...(isAnyHost(config) ? { checkServerIdentity: () => undefined } : {}),
  }
}

/** librdkafka's word for it is `none`, Java's is nothing. */
function isAnyHost({ sslEndpointIdentificationAlgorithm: algorithm }: ClientConfig): boolean {
  return ['', 'none'].includes(algorithm.trim().toLowerCase())
}

async function identity(options: CredentialsOptions): Promise<ConnectionOptions> {
  const { sslKeystoreLocation, sslKeystoreKey, sslKeystoreCertificateChain } = options.settings
  const given = [sslKeystoreLocation, sslKeystoreKey, sslKeystoreCertificateChain]
  if (given.every(value => value === null)) return {}
  const { key, chain } = await loadIdentity(options)
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: chain.map(String).join('\n'),
  }
}

async function storeSettings(config: ClientConfig): Promise<CredentialsOptions['settings']> {
  const { sslKeyLocation, sslCertificateLocation } = config
  return {
    ...config,
    sslClientAuth: 'none',
    sslKeystoreType: await typeOf('keystore', config),
    sslTruststoreType: await typeOf('truststore', config),
    sslKeystoreKey: config.sslKeystoreKey ?? (await text('ssl.key.location', sslKeyLocation)),
    sslKeystoreCertificateChain:
      config.sslKeystoreCertificateChain ??
      (await text('ssl.certificate.location', sslCertificateLocation)),
  }
}

/** By its content where nobody says it: nobody has to, for a client of librdkafka. */
async function typeOf(store: 'keystore' | 'truststore', config: ClientConfig): Promise<string> {
  const isKeyStore = store === 'keystore'
  const type = isKeyStore ? config.sslKeystoreType : config.sslTruststoreType
  const location = isKeyStore ? config.sslKeystoreLocation : config.sslTruststoreLocation
  if (type !== null || location === null) return type ?? 'PEM'
  const bytes = await read(`ssl.${store}.location`, location)
  return storeFormat(bytes) ?? 'JKS'
}

async function text(config: string, location: string | null): Promise<string | null> {
  return location === null ? null : (await read(config, location)).toString('latin1')
}

async function read(config: string, location: string): Promise<Buffer> {
  try {
    return await nodeFs.readFile(location)
  } catch (error) {
    throw new RangeError(`${config}: ${(error as Error).message}`)
  }
}
