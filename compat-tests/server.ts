/** The server as its users see it: a command line, a process, a port and a data directory. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))

export interface ServerExit {
  /** Exit code, or null after a signal that the process did not handle. */
  code: number | null
  /** From the signal to the exit. */
  elapsedMs: number
}

export interface Server extends AsyncDisposable {
  readonly bootstrapServers: string
  readonly dataDir: string
  readonly pid: number
  /** Lines that the running process has printed so far. */
  readonly log: readonly string[]
  /** SIGKILL, at once; resolves when the process is gone. The data directory stays. */
  kill(): Promise<void>
  /** SIGTERM; resolves when the process is gone. The data directory stays. */
  stop(): Promise<ServerExit>
  /** Starts again on the same port and data directory; rejects when it ends before it is ready. */
  restart(): Promise<void>
}

/** Starts `odradek` on a free port and an empty data directory; resolves when it is ready. */
export async function startServer(...args: string[]): Promise<Server> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'odradek-'))
  let current = launch(0, dataDir, args)
  const end = async (signal: NodeJS.Signals): Promise<ServerExit> => {
    const { child } = current
    const startMs = performance.now()
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    }
    return { code: child.exitCode, elapsedMs: performance.now() - startMs }
  }
  const dispose = async (): Promise<void> => {
    await end('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
  const port = await current.ready.catch(async (error: unknown) => {
    await dispose()
    throw error
  })
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    dataDir,
    get pid() {
      return current.child.pid!
    },
    get log() {
      return current.log
    },
    async kill() {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
    async restart() {
      current = launch(port, dataDir, args)
      await current.ready
    },
    [Symbol.asyncDispose]: dispose,
  }
}

interface Run {
  child: ChildProcess
  log: string[]
  /** The port. */
  ready: Promise<number>
}

function launch(port: number, dataDir: string, args: readonly string[]): Run {
  // Who sets listeners says which ports.
  const hasListeners = args.some(arg => arg.startsWith('listeners='))
  const address = hasListeners ? [] : ['--port', String(port)]
  const argv = [main, ...address, '--data-dir', dataDir, ...args]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  const log: string[] = []
  const ready = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', line => {
      log.push(line)
      const port = portOfReadyLine(line)
      if (port !== undefined) resolve(port)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      reject(new Error(`the server ended with ${how} before it was ready:\n${log.join('\n')}`))
    })
  })
  return { child, log, ready }
}

/** Off a terminal the server logs JSON lines; the one that says `ready` names its addresses. */
function portOfReadyLine(line: string): number | undefined {
  if (!line.startsWith('{')) return undefined
  const { msg, addresses } = JSON.parse(line) as { msg: string; addresses?: string[] }
  if (msg !== 'ready' || addresses === undefined) return undefined
  return Number(addresses[0]!.split(':').at(-1))
}
