/** Names in certificates as text, as Java writes them (X500Principal.getName, RFC 2253). */
import { derContent, derTags, derValues, objectIdentifier, type DerValue } from './der.ts'

/** RFC 2253 has a short name for these only; others are written as numbers. */
const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
}

/** UTF8String, PrintableString, T61String, IA5String, GeneralString, UniversalString, BMPString. */
const textTags = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1c, 0x1e])

/** The subject of a certificate in DER: 'CN=alice,OU=Team,O=Org'. Throws a RangeError. */
export function subjectName(certificate: Buffer): string {
  const body = derContent(derContent(certificate, derTags.sequence), derTags.sequence)
  const fields = derValues(body)
  // Version, which may be missing; serial number, algorithm, issuer, validity, subject.
  const subject = fields[fields[0]?.tag === derTags.explicit0 ? 5 : 4]
  if (subject?.tag !== derTags.sequence) throw new RangeError('a certificate without a subject')
  return nameText(subject.content)
}

/** The last part of the name comes first. */
function nameText(name: Buffer): string {
  const parts = derValues(name).map(({ content }) => derValues(content).map(attribute).join('+'))
  return parts.toReversed().join(',')
}

function attribute({ content }: DerValue): string {
  const [type, value] = derValues(content)
  if (type?.tag !== derTags.objectIdentifier || value === undefined) {
    throw new RangeError('no attribute of a name')
  }
  const id = objectIdentifier(type.content)
  const shortName = shortNames[id]
  if (shortName === undefined || !textTags.has(value.tag)) {
    return `${shortName ?? id}=#${value.encoded.toString('hex')}`
  }
  return `${shortName}=${escaped(value.content.toString('utf8'))}`
}

function escaped(text: string): string {
  return text
    .replace(/[,+"\\<>;]|^#/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ \r]+|[ \r]+$/g, blanks => blanks.replace(/[^]/g, '\\$&'))
}
