/** TLS, of all listeners or of one (Kafka: SslConfigs, BrokerSecurityConfigs). */
import { bool, list, oneOf, string, type Definitions } from './definition.ts'

export const tlsConfigs = {
  'ssl.keystore.type': string({
    default: 'JKS',
    dynamic: 'listener',
    doc: "What the broker's key and certificates are kept in: PEM or PKCS12.",
  }),
  'ssl.keystore.location': string({
    default: null,
    dynamic: 'listener',
    doc: "The file with the broker's private key and certificate chain.",
  }),
  'ssl.keystore.password': string(
    { default: null, dynamic: 'listener', doc: 'The password of that file.' },
    'PASSWORD',
  ),
  'ssl.keystore.key': string(
    {
      default: null,
      dynamic: 'listener',
      doc: 'The private key itself, in PKCS#8 PEM, in place of a file.',
    },
    'PASSWORD',
  ),
  'ssl.keystore.certificate.chain': string(
    {
      default: null,
      dynamic: 'listener',
      doc: 'The certificate chain itself, in PEM, in place of a file.',
    },
    'PASSWORD',
  ),
  'ssl.key.password': string(
    { default: null, dynamic: 'listener', doc: 'The password of the private key.' },
    'PASSWORD',
  ),
  'ssl.truststore.type': string({
    default: 'JKS',
    dynamic: 'listener',
    doc: 'What the certificates of trusted authorities are kept in: PEM or PKCS12.',
  }),
  'ssl.truststore.location': string({
    default: null,
    dynamic: 'listener',
    doc: "The file with the certificates of who may sign clients' certificates.",
  }),
  'ssl.truststore.password': string(
    { default: null, dynamic: 'listener', doc: 'The password of that file.' },
    'PASSWORD',
  ),
  'ssl.truststore.certificates': string(
    {
      default: null,
      dynamic: 'listener',
      doc: 'The certificates themselves, in PEM, in place of a file.',
    },
    'PASSWORD',
  ),
  'ssl.client.auth': oneOf(['required', 'requested', 'none'], {
    default: 'none',
    dynamic: 'broker',
    doc: 'Whether clients have to show a certificate.',
  }),
  'ssl.enabled.protocols': list({
    default: 'TLSv1.2,TLSv1.3',
    dynamic: 'broker',
    doc: 'The versions of TLS that are spoken.',
  }),
  'ssl.protocol': string({
    default: 'TLSv1.3',
    dynamic: 'broker',
    doc: 'The newest version of TLS that is spoken.',
  }),
  'ssl.cipher.suites': list({
    default: '',
    dynamic: 'broker',
    doc: "The cipher suites that are spoken, by Java's names; empty: what Node.js holds safe.",
  }),
  'ssl.principal.mapping.rules': string({
    default: 'DEFAULT',
    doc: "From the name in a client's certificate to the name of its principal.",
  }),
  'ssl.allow.dn.changes': bool({
    default: false,
    doc: 'A new certificate may have another name, while the broker runs.',
  }),
  'ssl.allow.san.changes': bool({
    default: false,
    doc: 'A new certificate may have fewer host names, while the broker runs.',
  }),
} satisfies Definitions
