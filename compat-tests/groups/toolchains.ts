/** What runs members of each language; fetched and compiled once. */
import path from 'node:path'
import { fetchJars } from '../admin/surface.ts'
import {
  installClient as installConfluent,
  python as confluentPython,
  skipped as noPython,
} from '../confluent-kafka/install.ts'
import { missing, runTool } from '../tool.ts'
import type { Command } from './member.ts'

/** What runs the members of a language. */
export interface Toolchain {
  /** What a test's name says where it is missing; '' where it is there. */
  skipped: string
  /** Gives what starts a member. The first call may fetch and compile; that takes its time. */
  prepare: () => Promise<Command>
}

const folder = import.meta.dirname
const cache = path.join(folder, '../../.cache')

export const javascript: Toolchain = {
  skipped: '',
  prepare: async () => node('kafkajs.ts'),
}

export const java: Toolchain = {
  skipped: missing('javac', 'install a JDK of 17 or later') || missing('mvn', 'install Maven'),
  prepare: once(async () => {
    const classPath = path.join(await fetchJars('4.3.1'), '*')
    const classes = path.join(cache, 'groups-java')
    const source = path.join(folder, 'java/Member.java')
    await runTool('javac', ['-d', classes, '-cp', classPath, source])
    // Members are many and live for seconds: what starts fast is what counts.
    const flags = ['-Xmx128M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
    const args = [...flags, '-cp', `${classes}${path.delimiter}${classPath}`, 'Member']
    return { program: 'java', args }
  }),
}

export const go: Toolchain = {
  skipped: missing('go', 'install Go 1.26 or later'),
  prepare: once(async () => {
    const program = path.join(cache, 'groups-go')
    const sources = path.join(folder, '../franz-go')
    const build = ['build', '-C', sources, '-o', program, './member']
    await runTool('go', build, { timeoutMs: 600_000 })
    return { program, args: [] }
  }),
}

export const confluent: Toolchain = {
  skipped: noPython,
  prepare: once(async () => {
    await installConfluent()
    return { program: confluentPython, args: [path.join(folder, 'python/confluent.py')] }
  }),
}

/** Written in Python alone. */
const purePython = once(async () => {
  const environment = path.join(cache, 'python-clients')
  await runTool('python3', ['-m', 'venv', environment])
  const python = path.join(environment, 'bin/python')
  const clients = ['kafka-python==3.0.12', 'aiokafka==0.14.0']
  await runTool(python, ['-m', 'pip', 'install', '-q', '--only-binary', ':all:', ...clients])
  return python
})

export const kafkaPython: Toolchain = pythonMember('kafka_python.py')
export const aiokafka: Toolchain = pythonMember('aio.py')

function pythonMember(file: string): Toolchain {
  return {
    skipped: noPython,
    prepare: async () => ({
      program: await purePython(),
      args: [path.join(folder, 'python', file)],
    }),
  }
}

function node(file: string): Command {
  return { program: process.execPath, args: [path.join(folder, 'javascript', file)] }
}

function once<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  return () => (running ??= run())
}
