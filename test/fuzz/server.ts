/** The broker as a process of its own, with a probe in it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Measurement } from './probe.ts'

const main = fileURLToPath(new URL('../../bin/odradek.js', import.meta.url))
const probe = new URL('probe.ts', import.meta.url).href

export class ProbedServer implements AsyncDisposable {
  /** Lines of errors since the last `takeErrors`. */
  #errors: string[] = []
  readonly #child: ChildProcess
  readonly #dataDir: string
  addresses: readonly string[] = []

  private constructor(dataDir: string, args: readonly string[]) {
    this.#dataDir = dataDir
    const flags = ['--expose-gc', '--import', probe, main, '--data-dir', dataDir]
    const where = args.some(arg => arg.startsWith('listeners=')) ? [] : ['--port', '0']
    this.#child = spawn(process.execPath, [...flags, ...where, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
  }

  static async start(...args: string[]): Promise<ProbedServer> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'odradek-fuzz-'))
    const server = new ProbedServer(dataDir, args)
    await server.#ready()
    return server
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.once('close', code =>
        reject(new Error(`exit code ${code}: ${this.#errors.join(' ')}`)),
      )
      createInterface({ input: this.#child.stderr! }).on('line', line => {
        const { level, msg, addresses } = parsed(line)
        if (msg === 'ready') {
          this.addresses = addresses!
          resolve()
        }
        if (level === undefined || level === 'error') this.#errors.push(line)
      })
    })
  }

  /** The process is gone. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  takeErrors(): string[] {
    return this.#errors.splice(0)
  }

  async measure({ collect = false } = {}): Promise<Measurement> {
    const answer = once(this.#child, 'message') as Promise<[Measurement]>
    this.#child.send({ collect })
    return (await answer)[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasEnded) {
      const closed = once(this.#child, 'close')
      this.#child.kill('SIGKILL')
      await closed
    }
    await rm(this.#dataDir, { recursive: true, force: true })
  }
}

interface Line {
  level?: string
  msg?: string
  addresses?: string[]
}

/** What is no JSON is from no logger: a crash. */
function parsed(line: string): Line {
  try {
    return JSON.parse(line) as Line
  } catch {
    return {}
  }
}
