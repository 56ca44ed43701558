/** What runs members of each language. */
import path from 'node:path'
import { skipped as noPython } from '../confluent-kafka/install.ts'
import {
  goProgram,
  javaProgram,
  librdkafkaProgram,
  nodeProgram,
  once,
  type Toolchain,
} from '../programs.ts'
import { runTool } from '../tool.ts'

const folder = import.meta.dirname
const cache = path.join(folder, '../../.cache')

export const javascript = nodeProgram(path.join(folder, 'javascript/kafkajs.ts'))
export const java = javaProgram(path.join(folder, 'java/Member.java'))
export const go = goProgram('member')
export const confluent = librdkafkaProgram(path.join(folder, 'python/confluent.py'))

/** Written in Python alone. */
const purePython = once(async () => {
  const environment = path.join(cache, 'python-clients')
  await runTool('python3', ['-m', 'venv', environment])
  const python = path.join(environment, 'bin/python')
  const clients = ['kafka-python==3.0.12', 'aiokafka==0.14.0']
  await runTool(python, ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', ...clients])
  return python
})

export const kafkaPython = pythonProgram(path.join(folder, 'python/kafka_python.py'))
export const aiokafka = pythonProgram(path.join(folder, 'python/aio.py'))

export function pythonProgram(file: string): Toolchain {
  return {
    skipped: noPython,
    prepare: async () => ({ program: await purePython(), args: [file] }),
  }
}
