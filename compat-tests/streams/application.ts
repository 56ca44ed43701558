/** An application of Kafka Streams 4.3.1: see WordCount.java. Needs Java 17 and Maven. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { runTool } from '../tool.ts'

export interface ApplicationOptions {
  bootstrapServers: string
  applicationId: string
  /** Of lines of words. */
  input: string
  /** Of counts by word. */
  output: string
}

const folder = import.meta.dirname
const jars = path.join(folder, '../../.cache/kafka-streams-4.3.1')
/** What starts fast: instances live for seconds. */
const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'

/** One instance of the application, with two threads. */
export class Application implements AsyncDisposable {
  /** The last count of each word that this instance has told. */
  readonly counts = new Map<string, number>()
  state = 'CREATED'
  readonly #child: ChildProcess
  readonly #stateDirectory: string

  private constructor(child: ChildProcess, stateDirectory: string) {
    this.#child = child
    this.#stateDirectory = stateDirectory
    createInterface({ input: child.stdout! }).on('line', line => this.#read(line))
  }

  static async start(options: ApplicationOptions): Promise<Application> {
    const { bootstrapServers, applicationId, input, output } = options
    const classPath = await fetchStreams()
    const stateDirectory = await mkdtemp(path.join(tmpdir(), 'odradek-streams-'))
    const args = [bootstrapServers, applicationId, input, output, stateDirectory]
    const program = [...flags, quiet, '-cp', classPath, path.join(folder, 'WordCount.java')]
    const child = spawn('java', [...program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    return new Application(child, stateDirectory)
  }

  #read(line: string): void {
    const [word, value] = line.split(' ') as [string, string]
    if (word === 'state') this.state = value
    else this.counts.set(word, Number(value))
  }

  /** SIGKILL: the others learn of it when its session ends. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'close')
  }

  /** Leaves the group, and ends. */
  async stop(): Promise<void> {
    this.#child.stdin!.end()
    await once(this.#child, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#stateDirectory, { recursive: true })
  }
}

/** The class path, fetched once for each clone; complete or not there. */
async function fetchStreams(): Promise<string> {
  if (!existsSync(jars)) {
    const partial = `${jars}.partial-${process.pid}`
    const pom = path.join(folder, 'pom.xml')
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
    const markers = `-DmarkersDirectory=${path.join(partial, 'markers')}`
    await runTool('mvn', ['-q', '-B', '-f', pom, ...copy, markers], { timeoutMs: 600_000 })
    await rename(partial, jars)
  }
  return path.join(jars, '*')
}
