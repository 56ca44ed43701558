/** Which certificates may take the place of others while a listener is open (Kafka: SslFactory). */
import type { X509Certificate } from 'node:crypto'
import type { ListenerSettings } from '../config/listener-configs.ts'
import type { Credentials } from './credentials.ts'
import { subjectName } from './distinguished-name.ts'

/** Undefined where there is none. */
export function changeProblem(
  old: Credentials,
  next: Credentials,
  settings: Pick<ListenerSettings, 'sslAllowDnChanges' | 'sslAllowSanChanges'>,
): string | undefined {
  const [before, after] = [old.chain[0]!, next.chain[0]!]
  if (!settings.sslAllowDnChanges) {
    const [existing, given] = [subjectName(before.raw), subjectName(after.raw)]
    if (existing.toLowerCase() !== given.toLowerCase()) {
      return (
        `Keystore DistinguishedName does not match: existing=${existing}, new=${given};` +
        ' ssl.allow.dn.changes=true allows it'
      )
    }
  }
  if (!settings.sslAllowSanChanges) {
    const names = alternativeNames(after)
    const missing = alternativeNames(before).filter(name => !names.includes(name))
    if (missing.length > 0) {
      return (
        `Keystore SubjectAltNames do not match: the new certificate lacks ${missing.join(', ')};` +
        ' ssl.allow.san.changes=true allows it'
      )
    }
  }
  if (old.trusted === undefined && next.trusted !== undefined) {
    return 'Cannot add SSL truststore to an existing listener that was configured without one.'
  }
  return undefined
}

function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  return subjectAltName?.split(', ') ?? []
}
