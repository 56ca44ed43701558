/** The clients whose groups go through the drill. */
import {
  aiokafka,
  confluent,
  go,
  java,
  javascript,
  kafkaPython,
  type Toolchain,
} from './toolchains.ts'

export interface Client {
  name: string
  /** An assignor of the classic protocol, `consumer` (KIP-848) or `share` (KIP-932). */
  protocol: string
  toolchain: Toolchain
  /** How a member is too slow: it stops polling, or its whole process stands still. */
  slowness: 'pauses' | 'stands still'
}

export const clients: readonly Client[] = [
  ...of('Java 4.3.1', java, 'pauses', 'range', 'cooperative-sticky', 'consumer', 'share'),
  ...of('librdkafka 2.16', confluent, 'pauses', 'range', 'cooperative-sticky', 'consumer', 'share'),
  ...of('franz-go 1.22', go, 'stands still', 'range', 'cooperative-sticky', 'consumer', 'share'),
  ...of('kafkajs 2.2', javascript, 'pauses', 'roundrobin'),
  ...of('kafka-python 3.0', kafkaPython, 'pauses', 'range', 'cooperative-sticky'),
  ...of('aiokafka 0.14', aiokafka, 'pauses', 'range'),
]

function of(
  name: string,
  toolchain: Toolchain,
  slowness: Client['slowness'],
  ...protocols: readonly string[]
): Client[] {
  return protocols.map(protocol => ({ name, protocol, toolchain, slowness }))
}
