/** Versions and cipher suites of TLS, by Java's names. */
import { getCiphers, type SecureContextOptions } from 'node:tls'
import { nearestName } from '../config/nearest-name.ts'

const spoken = ['TLSv1.2', 'TLSv1.3'] as const

/** Java knows these besides; none is safe (RFC 7568, RFC 8996). */
const tooOld = ['SSLv2Hello', 'SSLv3', 'TLSv1', 'TLSv1.1']

type Version = (typeof spoken)[number]

/**
 * What is spoken by `ssl.enabled.protocols` or, where that is empty, `ssl.protocol`, and by
 * `ssl.cipher.suites`: each suite belongs to one version. Versions below 1.2 are left out. Throws a
 * RangeError that begins with the config's name.
 */
export function tlsProtocols(
  enabled: readonly string[],
  protocol: string,
  suites: readonly string[],
): Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'> {
  const versions = tlsVersions(enabled, protocol)
  const ciphers = suites.map(cipherOf)
  const usable = versions.filter(version => ciphers.length === 0 || ciphers.some(isOf(version)))
  if (usable.length === 0) {
    throw new RangeError(`ssl.cipher.suites: none of them is one of ${versions.join(', ')}`)
  }
  const range = { minVersion: usable[0]!, maxVersion: usable.at(-1)! }
  return ciphers.length === 0 ? range : { ...range, ciphers: ciphers.join(':') }
}

/** OpenSSL's names of suites of TLS 1.3 alone have underlines. */
function isOf(version: Version): (cipher: string) => boolean {
  return cipher => (version === 'TLSv1.3') === cipher.startsWith('TLS_')
}

function tlsVersions(enabled: readonly string[], protocol: string): Version[] {
  const unknown = enabled.find(name => !isSpoken(name) && !tooOld.includes(name))
  if (unknown !== undefined) {
    throw new RangeError(`ssl.enabled.protocols: ${unknown} is none of ${spoken.join(', ')}`)
  }
  const upTo = protocol === 'TLSv1.2' ? 'TLSv1.2' : 'TLSv1.3'
  const versions = enabled.length === 0 ? spoken.filter(name => name <= upTo) : enabled
  const safe = spoken.filter(name => versions.includes(name))
  if (safe.length > 0) return safe
  throw new RangeError(
    `ssl.enabled.protocols: ${enabled.join(', ')} is not safe any more; add TLSv1.2 or TLSv1.3`,
  )
}

function isSpoken(name: string): name is Version {
  return (spoken as readonly string[]).includes(name)
}

/** Java's name in OpenSSL, or one of OpenSSL itself. */
function cipherOf(name: string): string {
  const known = getCiphers()
  const cipher = opensslName(name)
  if (known.includes(cipher.toLowerCase())) return cipher
  const nearest = nearestName(cipher.toLowerCase(), known)
  const advice = nearest === undefined ? '; remove it' : `; did you mean ${nearest.toUpperCase()}?`
  throw new RangeError(`ssl.cipher.suites: OpenSSL has no ${name}${advice}`)
}

/** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256; those of 1.3 stay. */
function opensslName(name: string): string {
  const [, exchange, rest] = /^(?:TLS|SSL)_(\w+)_WITH_(\w+)$/.exec(name) ?? []
  if (exchange === undefined) return name
  const cipher = rest!
    .replace(/(AES|ARIA|CAMELLIA)_(\d+)/, '$1$2')
    .replace('_CBC_', '_')
    .replace(/(CHACHA20_POLY1305)_SHA256/, '$1')
  const text = exchange === 'RSA' ? cipher : `${exchange}_${cipher}`
  return text.replaceAll('_', '-')
}
