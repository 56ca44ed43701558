/**
 * The configs of a client by the names of Kafka's own clients (CommonClientConfigs,
 * SaslConfigs, SslConfigs), and those of librdkafka that mean the same.
 */
import { bool, int, list, oneOf, string } from '../config/definition.ts'

const ms = (initial: number, doc: string) => int({ default: initial, min: 1, doc })

export const clientConfigs = {
  'bootstrap.servers': string({ default: 'localhost:9092', doc: 'host:port, between commas.' }),
  'client.id': string({ default: 'odradek', doc: 'How requests name their sender.' }),
  'request.timeout.ms': ms(30_000, 'How long an answer of a broker is waited for.'),
  'default.api.timeout.ms': ms(30_000, 'How long an operation is tried again.'),
  'socket.connection.setup.timeout.ms': ms(10_000, 'How long a connection is waited for.'),
  'retry.backoff.ms': ms(100, 'Before an operation is tried again; then twice as long.'),
  'security.protocol': oneOf(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], {
    default: 'PLAINTEXT',
    doc: 'Whether connections are encrypted, and clients say who they are.',
  }),
  'sasl.mechanism': oneOf(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'], {
    default: null,
    doc: 'How a client shows who it is.',
  }),
  'sasl.jaas.config': string(
    { default: null, doc: 'Name and password, as Java has them.' },
    'PASSWORD',
  ),
  'sasl.username': string({ default: null, doc: 'The name, in place of sasl.jaas.config.' }),
  'sasl.password': string({ default: null, doc: 'The password.' }, 'PASSWORD'),
  'sasl.oauthbearer.token': string({ default: null, doc: 'A token.' }, 'PASSWORD'),
  'sasl.oauthbearer.token.endpoint.url': string({
    default: null,
    doc: 'Where tokens are to be had: https:, or file: for one that somebody else renews.',
  }),
  'sasl.oauthbearer.client.credentials.client.id': string({
    default: null,
    doc: 'For the endpoint.',
  }),
  'sasl.oauthbearer.client.credentials.client.secret': string(
    { default: null, doc: 'For the endpoint.' },
    'PASSWORD',
  ),
  'sasl.oauthbearer.scope': string({ default: null, doc: 'What is asked for at the endpoint.' }),
  'ssl.truststore.type': string({ default: null, doc: 'PEM, PKCS12 or JKS; by its content.' }),
  'ssl.truststore.location': string({
    default: null,
    doc: 'Who may sign certificates of brokers.',
  }),
  'ssl.truststore.password': string({ default: null, doc: 'Of that file.' }, 'PASSWORD'),
  'ssl.truststore.certificates': string(
    { default: null, doc: 'The same as a text in PEM.' },
    'PASSWORD',
  ),
  'ssl.keystore.type': string({ default: null, doc: 'PEM, PKCS12 or JKS; by its content.' }),
  'ssl.keystore.location': string({ default: null, doc: "The client's key and certificates." }),
  'ssl.keystore.password': string({ default: null, doc: 'Of that file.' }, 'PASSWORD'),
  'ssl.keystore.key': string({ default: null, doc: 'The key as a text in PEM.' }, 'PASSWORD'),
  'ssl.keystore.certificate.chain': string(
    { default: null, doc: 'The certificates as a text in PEM.' },
    'PASSWORD',
  ),
  'ssl.key.location': string({ default: null, doc: 'A file in PEM with the key.' }),
  'ssl.certificate.location': string({ default: null, doc: 'A file in PEM with the chain.' }),
  'ssl.key.password': string({ default: null, doc: 'Of the private key.' }, 'PASSWORD'),
  'ssl.enabled.protocols': list({ default: 'TLSv1.2,TLSv1.3', doc: 'Versions of TLS.' }),
  'ssl.protocol': string({ default: 'TLSv1.3', doc: 'The highest, where none is enabled.' }),
  'ssl.cipher.suites': list({ default: null, doc: 'Cipher suites; any if there is none.' }),
  'ssl.endpoint.identification.algorithm': string({
    default: 'https',
    doc: "Nothing: a broker's certificate may be for another host.",
  }),
  'enable.ssl.certificate.verification': bool({
    default: true,
    doc: 'False: anybody can be the broker. For a look only.',
  }),
}

/** What librdkafka has other names for. */
export const librdkafkaNames: Readonly<Record<string, keyof typeof clientConfigs>> = {
  'metadata.broker.list': 'bootstrap.servers',
  'sasl.mechanisms': 'sasl.mechanism',
  'socket.timeout.ms': 'request.timeout.ms',
  'ssl.ca.location': 'ssl.truststore.location',
  'ssl.ca.pem': 'ssl.truststore.certificates',
  'ssl.key.pem': 'ssl.keystore.key',
  'ssl.certificate.pem': 'ssl.keystore.certificate.chain',
  'sasl.oauthbearer.client.id': 'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.secret': 'sasl.oauthbearer.client.credentials.client.secret',
}
