/** The clients that are tried. */
import path from 'node:path'
import { fetchJars } from '../kafka/kafka.ts'
import { goProgram, javaProgram, librdkafkaProgram, nodeProgram } from '../programs.ts'
import { pythonProgram } from '../groups/toolchains.ts'
import type { Toolchain } from '../programs.ts'

export interface Client {
  name: string
  toolchain: Toolchain
}

const folder = import.meta.dirname

export const clients: readonly Client[] = [
  {
    name: 'Java 4.3.1',
    toolchain: javaProgram(path.join(folder, 'java/Secured.java'), fetchJars),
  },
  {
    name: 'librdkafka 2.16',
    toolchain: librdkafkaProgram(path.join(folder, 'python/confluent.py')),
  },
  { name: 'franz-go 1.22', toolchain: goProgram('secured') },
  {
    name: 'kafkajs 2.2',
    toolchain: nodeProgram(path.join(folder, 'javascript/kafkajs.ts')),
  },
  {
    name: 'kafka-python 3.0',
    toolchain: pythonProgram(path.join(folder, 'python/kafka_python.py')),
  },
]
