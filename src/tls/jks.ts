/**
 * Java's own key store, the default before Java 9 (sun.security.provider.JavaKeyStore): big-endian
 * entries, then a SHA-1 over password and entries. Its encryption of keys is a stream of SHA-1 over
 * password and salt. Both are too weak to keep a secret, so that they are read here, never written.
 */
import { createHash, createPrivateKey, timingSafeEqual, X509Certificate } from 'node:crypto'
import { derContent, derTags, derValues, objectIdentifier } from './der.ts'
import type { Store, StorePasswords } from './stores.ts'

const hashBytes = 20
const whitener = 'Mighty Aphrodite'
const keyProtector = '1.3.6.1.4.1.42.2.17.1.1'
const tags = { key: 1, certificate: 2 } as const

/** Throws an error for a wrong password, or what cannot be read. */
export function readJks(bytes: Buffer, passwords: StorePasswords): Store {
  const signed = bytes.subarray(0, Math.max(bytes.length - hashBytes, 0))
  if (passwords.store !== null) checkIntact(signed, bytes.subarray(signed.length), passwords.store)
  const reader = new JksReader(signed)
  const store: Store = { keys: [], certificates: [] }
  reader.bytes(4)
  const version = reader.int32()
  if (version !== 1 && version !== 2) throw new Error(`version ${version} of the format is unknown`)
  for (let left = reader.int32(); left > 0; left--) {
    const tag = reader.int32()
    reader.text()
    // When it was put in.
    reader.bytes(8)
    if (tag === tags.key) {
      const encrypted = reader.bytes(reader.int32())
      const password = passwords.key ?? passwords.store
      // A store of trusted certificates is read without the keys that it may have.
      if (password !== null) store.keys.push(decryptedKey(encrypted, password))
      for (let chain = reader.int32(); chain > 0; chain--) store.certificates.push(read(reader))
    } else if (tag === tags.certificate) {
      store.certificates.push(read(reader))
    } else {
      throw new Error(`an entry of type ${tag} is unknown`)
    }
  }
  return store

  function read(from: JksReader): X509Certificate {
    if (version === 2) from.text()
    return new X509Certificate(from.bytes(from.int32()))
  }
}

function checkIntact(signed: Buffer, hash: Buffer, password: string): void {
  const expected = createHash('sha1').update(utf16(password)).update(whitener).update(signed)
  if (hash.length === hashBytes && timingSafeEqual(hash, expected.digest())) return
  throw new Error('the password is wrong, or the file is damaged')
}

function decryptedKey(info: Buffer, password: string) {
  const [algorithm, data] = derValues(derContent(info, derTags.sequence))
  const id = objectIdentifier(derContent(algorithm!.content, derTags.objectIdentifier))
  if (id !== keyProtector || data?.tag !== derTags.octetString) {
    throw new Error(`keys encrypted by ${id} cannot be read`)
  }
  const salt = data.content.subarray(0, hashBytes)
  const cipher = data.content.subarray(hashBytes, -hashBytes)
  const key = Buffer.alloc(cipher.length)
  const secret = utf16(password)
  let stream = salt
  for (let at = 0; at < cipher.length; at++) {
    if (at % hashBytes === 0) stream = sha1(secret, stream)
    key[at] = cipher[at]! ^ stream[at % hashBytes]!
  }
  const check = data.content.subarray(-hashBytes)
  if (!check.equals(sha1(secret, key))) throw new Error('the password of the key is wrong')
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

function sha1(...parts: Buffer[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest()
}

/** Of the password, with the first byte first. */
function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

class JksReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  bytes(count: number): Buffer {
    const end = this.#at + count
    if (count < 0 || end > this.#bytes.length) throw new Error('the file ends too early')
    const found = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return found
  }

  int32(): number {
    return this.bytes(4).readInt32BE(0)
  }

  text(): string {
    return this.bytes(this.bytes(2).readUInt16BE(0)).toString()
  }
}
