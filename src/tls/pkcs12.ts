/** PKCS12 (RFC 7292), by node-forge. It is large: this module is loaded when it is needed. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import type { Store } from './stores.ts'

/** Throws an error for a wrong password, or what cannot be read. */
export function readPkcs12(bytes: Buffer, password: string): Store {
  const { safeContents } = forge.pkcs12.pkcs12FromAsn1(parsed(bytes), false, password)
  const store: Store = { keys: [], certificates: [] }
  for (const { type, key, cert, asn1 } of safeContents.flatMap(({ safeBags }) => safeBags)) {
    const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids
    // forge has an object of its own where the algorithm is RSA, and else what was in the store.
    if (type === certBag) {
      const value = cert ? forge.pki.certificateToAsn1(cert) : asn1
      store.certificates.push(new X509Certificate(derOf(value)))
    } else if (type === keyBag || type === pkcs8ShroudedKeyBag) {
      const value = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1
      store.keys.push(createPrivateKey({ key: derOf(value), format: 'der', type: 'pkcs8' }))
    }
  }
  return store
}

function parsed(bytes: Buffer): forge.asn1.Asn1 {
  return forge.asn1.fromDer(bytes.toString('latin1'))
}

function derOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1')
}
