/** What keys and certificates are kept in: PEM, PKCS12, or the older format of Java (JKS). */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readJks } from './jks.ts'

export interface Store {
  keys: KeyObject[]
  certificates: X509Certificate[]
}

/** By Kafka's names; a store that Java 9 and later call JKS is PKCS12 in most cases. */
export type StoreFormat = 'PEM' | 'PKCS12' | 'JKS' | 'JCEKS'

/** By its first bytes; undefined for what is none. */
export function storeFormat(bytes: Buffer): StoreFormat | undefined {
  if (bytes.includes('-----BEGIN ')) return 'PEM'
  if (bytes[0] === 0x30) return 'PKCS12'
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  if (magic === 0xfeedfeed) return 'JKS'
  return magic === 0xcececece ? 'JCEKS' : undefined
}

export interface StorePasswords {
  /** Of the store as a whole; null: it is read without checking that it is intact, if it can be. */
  store: string | null
  /** Of the keys in it; null: the same. */
  key: string | null
}

/** Throws an error that says what is wrong, without the password. */
export async function readStore(
  bytes: Buffer,
  format: 'PKCS12' | 'JKS',
  passwords: StorePasswords,
): Promise<Store> {
  if (format === 'JKS') return readJks(bytes, passwords)
  const { readPkcs12 } = await import('./pkcs12.ts')
  return readPkcs12(bytes, passwords.store ?? '')
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g

/** The certificates in a text; others of its blocks are left out. Throws for a broken one. */
export function pemCertificates(text: string): X509Certificate[] {
  return blocks(text, label => label.endsWith('CERTIFICATE')).map(pem => new X509Certificate(pem))
}

/** The private keys in a text. Throws for a broken one, or a wrong password. */
export function pemKeys(text: string, password: string | null): KeyObject[] {
  return blocks(text, label => label.endsWith('PRIVATE KEY')).map(key =>
    createPrivateKey({ key, passphrase: password ?? undefined }),
  )
}

function blocks(text: string, isWanted: (label: string) => boolean): string[] {
  return Array.from(text.matchAll(block))
    .filter(([, label]) => isWanted(label!))
    .map(([pem]) => pem)
}
