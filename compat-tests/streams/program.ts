/** A program of java/, with the jars of a release of Kafka Streams. Needs Java 17 and Maven. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { runTool } from '../tool.ts'

const folder = import.meta.dirname
const cache = path.join(folder, '../../.cache')
/** What starts fast: programs live for seconds. */
const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
const logging = `-Dorg.slf4j.simpleLogger.defaultLogLevel=${process.env['STREAMS_LOG'] ?? 'off'}`

/** One that runs. What it writes to stderr goes to ours: STREAMS_LOG=info tells what it does. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  private constructor(child: ChildProcess, onLine: (line: string) => void) {
    this.#child = child
    this.#closed = once(child, 'close')
    createInterface({ input: child.stdout! }).on('line', onLine)
    // One that has ended is not told to.
    child.stdin!.on('error', () => undefined)
  }

  /** `onLine` is called with each line of its stdout, in order. */
  static async start(
    release: string,
    [main, ...args]: readonly string[],
    onLine: (line: string) => void,
  ): Promise<Program> {
    const argv = [...flags, logging, '-cp', await compile(release), main!, ...args]
    return new Program(spawn('java', argv, { stdio: ['pipe', 'pipe', 'inherit'] }), onLine)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  /** Ends its input, at which it ends; rejects when it ends otherwise. */
  async stop(): Promise<void> {
    this.#child.stdin!.end('\n')
    await this.done()
  }

  /** Resolves when it has ended by itself; rejects when it fails. */
  async done(): Promise<void> {
    await this.#closed
    if (this.#child.exitCode === 0) return
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`
    throw new Error(`${this.#child.spawnargs.slice(-8).join(' ')} ended with ${how}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

const compiled = new Map<string, Promise<string>>()

/** The class path of all programs with a release, compiled once for each process. */
function compile(release: string): Promise<string> {
  const found = compiled.get(release)
  if (found !== undefined) return found
  const made = compileAll(release)
  compiled.set(release, made)
  return made
}

async function compileAll(release: string): Promise<string> {
  const jars = path.join(await fetchJars(release), '*')
  const classes = path.join(cache, `streams-classes-${release}`)
  const sources = globSync(path.join(folder, 'java/*.java'))
  await runTool('javac', ['-nowarn', '-d', classes, '-cp', jars, ...sources])
  return `${classes}${path.delimiter}${jars}`
}

/** Fetched once for each clone; complete or not there. */
async function fetchJars(release: string): Promise<string> {
  const jars = path.join(cache, `streams-jars-${release}`)
  if (existsSync(jars)) return jars
  const partial = `${jars}.partial-${process.pid}`
  const pom = path.join(folder, 'pom.xml')
  const copy = ['dependency:copy-dependencies', `-Drelease=${release}`]
  const markers = `-DmarkersDirectory=${path.join(partial, 'markers')}`
  const mvn = ['-q', '-B', '-f', pom, ...copy, `-DoutputDirectory=${partial}`, markers]
  await runTool('mvn', mvn, { timeoutMs: 600_000 })
  await rename(partial, jars)
  return jars
}
