/** The clients whose chains are tried, and who reads what they have written: another client. */
import path from 'node:path'
import {
  goProgram,
  javaProgram,
  librdkafkaProgram,
  nodeProgram,
  type Toolchain,
} from '../programs.ts'

export interface Client {
  name: string
  copier: Toolchain
  reader: Toolchain
  /** Of the group that the copiers share; `consumer` is KIP-848. */
  protocol: 'classic' | 'consumer'
}

const folder = import.meta.dirname
const java = javaProgram(path.join(folder, 'java/Copier.java'))
const librdkafkaReader = librdkafkaProgram(path.join(folder, 'python/reader.py'))

/** Writes the input of all chains. */
export const feeder = librdkafkaProgram(path.join(folder, 'python/feed.py'))

export const clients: readonly Client[] = [
  { name: 'Java 4.3.1', copier: java, reader: librdkafkaReader, protocol: 'classic' },
  { name: 'Java 4.3.1, consumer', copier: java, reader: librdkafkaReader, protocol: 'consumer' },
  {
    name: 'librdkafka 2.16',
    copier: librdkafkaProgram(path.join(folder, 'python/copier.py')),
    reader: goProgram('reader'),
    protocol: 'classic',
  },
  {
    name: 'franz-go 1.22',
    copier: goProgram('copier'),
    reader: librdkafkaReader,
    protocol: 'classic',
  },
  {
    name: 'kafkajs 2.2',
    copier: nodeProgram(path.join(folder, 'javascript/kafkajs.ts')),
    reader: librdkafkaReader,
    protocol: 'classic',
  },
]

/** What a test's name says where something is missing; '' where all is there. */
export function whySkipped({ copier, reader }: Client): string {
  return copier.skipped || reader.skipped || feeder.skipped
}
