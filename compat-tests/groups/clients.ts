/** The clients whose groups go through the drill. */
import type { Toolchain } from '../programs.ts'
import { aiokafka, confluent, go, java, javascript, kafkaPython } from './toolchains.ts'

export interface Client {
  name: string
  /** An assignor of the classic protocol, `consumer` (KIP-848) or `share` (KIP-932). */
  protocol: string
  toolchain: Toolchain
  /** How a member is too slow: it stops polling, or its whole process stands still. */
  slowness: 'pauses' | 'stands still'
}

/** What serves every protocol. */
const members: readonly Omit<Client, 'protocol'>[] = [
  { name: 'Java 4.3.1', toolchain: java, slowness: 'pauses' },
  { name: 'librdkafka 2.16', toolchain: confluent, slowness: 'pauses' },
  { name: 'franz-go 1.22', toolchain: go, slowness: 'stands still' },
]

/** One protocol after the other, so that those that are slow to start do not all do so at once. */
export const clients: readonly Client[] = [
  ...['range', 'cooperative-sticky', 'consumer', 'share'].flatMap(protocol =>
    members.map(member => ({ ...member, protocol })),
  ),
  { name: 'kafkajs 2.2', toolchain: javascript, slowness: 'pauses', protocol: 'roundrobin' },
  { name: 'kafka-python 3.0', toolchain: kafkaPython, slowness: 'pauses', protocol: 'range' },
  {
    name: 'kafka-python 3.0',
    toolchain: kafkaPython,
    slowness: 'pauses',
    protocol: 'cooperative-sticky',
  },
  { name: 'aiokafka 0.14', toolchain: aiokafka, slowness: 'pauses', protocol: 'range' },
]
