/** The load generator, a C program in `load/`: built once for each state of its sources. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { runTool } from '../compat-tests/tool.ts'

export type LoadCommand =
  | 'produce'
  | 'consume'
  | 'latency'
  | 'transactions'
  | 'connections'
  | 'handshakes'
  | 'create'
  | 'delete'

/** As on its command line (`load/main.c`), in camel case: sizes in bytes, the rate in MB/s. */
export interface LoadOptions {
  bootstrap: string
  topic?: string
  partitions?: number
  bytes?: number
  recordBytes?: number
  acks?: 'all' | '1' | '0'
  connections?: number
  rate?: number
  keys?: number
  records?: number
  transactionMs?: number
  intervalMs?: number
  topics?: number
  /** The file with the authority that the broker's certificate is from. */
  tls?: string
  /** `name=value` each. */
  set?: readonly string[]
}

/** What a command says when it ends: seconds, MBps, clientCpuSeconds, percentiles. */
export type LoadFigures = Readonly<Record<string, number>>

const sources = path.join(import.meta.dirname, 'load')
const cache = path.join(import.meta.dirname, '../.cache')
const limitMs = 600_000
const hint =
  'needed: a C compiler, librdkafka and OpenSSL (Debian: gcc, librdkafka-dev, libssl-dev)'

/** The program's path. Rejects, saying what to install, where it cannot be built. */
export async function buildLoad(): Promise<string> {
  const files = globSync('*.{c,h}', { cwd: sources }).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(path.join(sources, file)))
  const program = path.join(cache, `bench-load-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(program)) return program
  await mkdir(cache, { recursive: true })
  const partial = `${program}.${process.pid}`
  const inputs = files.filter(file => file.endsWith('.c')).map(file => path.join(sources, file))
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-pthread']
  try {
    await runTool('cc', [...flags, '-o', partial, ...inputs, '-lrdkafka', '-lssl'])
  } catch (error) {
    throw new Error(`the load generator cannot be built; ${hint}`, { cause: error })
  }
  await rename(partial, program)
  return program
}

/** Runs a command to its end. */
export async function runLoad(command: LoadCommand, options: LoadOptions): Promise<LoadFigures> {
  const output = await runTool(await buildLoad(), commandLine(command, options), {
    timeoutMs: limitMs,
  })
  return JSON.parse(output) as LoadFigures
}

/** `seconds` is what it took to make them. */
export interface HeldConnections extends AsyncDisposable {
  readonly seconds: number
}

/** Connections that stay until they are disposed of. */
export async function holdConnections(options: LoadOptions): Promise<HeldConnections> {
  const child = await spawnLoad('connections', options)
  const closed = once(child, 'close')
  const said = await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line') as Promise<string[]>,
    closed.then(() => undefined),
  ])
  if (!said) throw new Error(`${options.connections} connections could not be made`)
  const { seconds } = JSON.parse(said[0]!) as { seconds: number }
  return { seconds, [Symbol.asyncDispose]: () => kill(child) }
}

/** A load beside what is measured, until it is disposed of; it must not end before. */
export async function startLoad(
  command: LoadCommand,
  options: LoadOptions,
): Promise<AsyncDisposable> {
  const child = await spawnLoad(command, options)
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) throw new Error(`${command} ended too early`)
      await kill(child)
    },
  }
}

async function spawnLoad(command: LoadCommand, options: LoadOptions): Promise<ChildProcess> {
  return spawn(await buildLoad(), commandLine(command, options), {
    // A pipe that nobody writes to: `connections` ends when stdin does.
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'close')
}

function commandLine(command: LoadCommand, { set = [], ...options }: LoadOptions): string[] {
  const named = Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
    String(value),
  ])
  return [command, ...named, ...set.flatMap(setting => ['--set', setting])]
}
