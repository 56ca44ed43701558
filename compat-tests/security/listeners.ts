/** One broker with a listener for each kind of security, told by the properties of Apache Kafka. */
import { freePort } from '../kafka/kafka.ts'
import { passwords, user } from './cases.ts'
import type { Certificates } from './certificates.ts'
import { audience, issuer } from './tokens.ts'

const protocols = {
  PLAINTEXT: 'PLAINTEXT',
  TLS: 'SSL',
  EXPIRED: 'SSL',
  OTHER_HOST: 'SSL',
  MUTUAL_TLS: 'SSL',
  SASL: 'SASL_PLAINTEXT',
  SASL_TLS: 'SASL_SSL',
  SCRAM_ONLY: 'SASL_PLAINTEXT',
} as const

export type ListenerName = keyof typeof protocols

const names = Object.keys(protocols) as ListenerName[]
const modules = 'org.apache.kafka.common.security'

export interface Layout {
  ports: Record<ListenerName, number>
  /** Of Apache Kafka, where they follow those that name a listener of its controller. */
  properties: string[]
}

/** On free ports. */
export async function layOut(certificates: Certificates, keys: string): Promise<Layout> {
  const ports = {} as Record<ListenerName, number>
  for (const name of names) ports[name] = await freePort()
  const { server, expiredServer, otherHost, authority } = certificates
  const keyStore = (listener: string, location: string): string[] => [
    `${listener}ssl.keystore.type=PEM`,
    `${listener}ssl.keystore.location=${location}`,
  ]
  return {
    ports,
    properties: [
      ...keyStore('', server),
      ...keyStore(of('EXPIRED'), expiredServer),
      ...keyStore(of('OTHER_HOST'), otherHost),
      `${of('MUTUAL_TLS')}ssl.client.auth=required`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${authority}`,
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      `${of('SCRAM_ONLY')}sasl.enabled.mechanisms=SCRAM-SHA-512`,
      ...(['SASL', 'SASL_TLS', 'SCRAM_ONLY'] as const).flatMap(saslOf),
      `sasl.oauthbearer.jwks.endpoint.url=${keys}`,
      `sasl.oauthbearer.expected.issuer=${issuer}`,
      `sasl.oauthbearer.expected.audience=${audience}`,
    ],
  }
}

/** Behind those of Apache Kafka that startKafka() sets, and that it waits for. */
export function besideController(layout: Layout): string[] {
  const ports = { ...layout.ports, PLAINTEXT: '{port}' }
  return listenerProperties({ ports }, ['CONTROLLER://127.0.0.1:{controllerPort}'])
}

/** `listeners` and what goes with it. */
export function listenerProperties(
  { ports }: { ports: Readonly<Record<ListenerName, number | string>> },
  others: readonly string[] = [],
): string[] {
  const own = names.map(name => `${name}://127.0.0.1:${ports[name]}`)
  const security = Object.entries(protocols).map(each => each.join(':'))
  return [
    `listeners=${[...own, ...others].join(',')}`,
    `advertised.listeners=${own.join(',')}`,
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${security.join(',')}`,
    'inter.broker.listener.name=PLAINTEXT',
  ]
}

function of(listener: ListenerName): string {
  return `listener.name.${listener.toLowerCase()}.`
}

function saslOf(listener: ListenerName): string[] {
  const password = passwords.PLAIN
  const handler = 'oauthbearer.OAuthBearerValidatorCallbackHandler'
  return [
    `plain.sasl.jaas.config=${modules}.plain.PlainLoginModule required user_${user}="${password}";`,
    `scram-sha-256.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`,
    `scram-sha-512.sasl.jaas.config=${modules}.scram.ScramLoginModule required;`,
    `oauthbearer.sasl.jaas.config=${modules}.oauthbearer.OAuthBearerLoginModule required;`,
    `oauthbearer.sasl.server.callback.handler.class=${modules}.${handler}`,
  ].map(property => of(listener) + property)
}
