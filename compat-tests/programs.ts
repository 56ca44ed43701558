/** Programs of other languages that speak to a broker: fetched and compiled once. */
import path from 'node:path'
import { fetchJars } from './admin/surface.ts'
import { installClient, python, skipped as noPython } from './confluent-kafka/install.ts'
import { missing, runTool } from './tool.ts'

/** Arguments of the program's own come behind these. */
export interface Command {
  program: string
  args: readonly string[]
}

/** What runs a program. */
export interface Toolchain {
  /** What a test's name says where it is missing; '' where it is there. */
  skipped: string
  /** Gives what starts the program. The first call may fetch and compile; that takes its time. */
  prepare: () => Promise<Command>
}

const folder = import.meta.dirname
const cache = path.join(folder, '../.cache')

/** TypeScript that Node.js runs as it is. */
export function nodeProgram(file: string): Toolchain {
  return { skipped: '', prepare: async () => ({ program: process.execPath, args: [file] }) }
}

/**
 * One source with a class of the file's name, on Apache Kafka's Java clients, or on other jars that
 * hold them.
 */
export function javaProgram(file: string, jars = clientJars): Toolchain {
  return {
    skipped: missing('javac', 'install a JDK of 17 or later') || missing('mvn', 'install Maven'),
    prepare: once(async () => {
      const classPath = await jars()
      const classes = path.join(cache, inOneName(file))
      await runTool('javac', ['-d', classes, '-cp', classPath, file])
      // Processes are many and live for seconds: what starts fast is what counts.
      const flags = ['-Xmx128M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
      const main = path.basename(file, '.java')
      const args = [...flags, '-cp', `${classes}${path.delimiter}${classPath}`, main]
      return { program: 'java', args }
    }),
  }
}

/** A package of the module in franz-go/. */
export function goProgram(name: string): Toolchain {
  return {
    skipped: missing('go', 'install Go 1.26 or later'),
    prepare: once(async () => {
      const program = path.join(cache, `franz-go-${name}`)
      const sources = path.join(folder, 'franz-go')
      const build = ['build', '-C', sources, '-o', program, `./${name}`]
      await runTool('go', build, { timeoutMs: 600_000 })
      return { program, args: [] }
    }),
  }
}

/** A source on confluent-kafka, which is librdkafka. */
export function librdkafkaProgram(file: string): Toolchain {
  return {
    skipped: noPython,
    prepare: once(async () => {
      await installClient()
      return { program: python, args: [file] }
    }),
  }
}

async function clientJars(): Promise<string> {
  return path.join(await fetchJars('4.3.1'), '*')
}

export function once<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  return () => (running ??= run())
}

/** `groups-java-Member` of groups/java/Member.java: one cache holds them all. */
function inOneName(file: string): string {
  const { dir, name } = path.parse(path.relative(folder, file))
  return [...dir.split(path.sep), name].join('-')
}
