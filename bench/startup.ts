/** How soon the broker is there, and what it costs while it does nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { accepting, freePort } from '../compat-tests/kafka/kafka.ts'
import { runTool } from '../compat-tests/tool.ts'
import { startBroker } from '../src/index.ts'

const main = path.join(import.meta.dirname, '../bin/odradek.js')
const firstStart = path.join(import.meta.dirname, 'first-start.ts')
/** Long enough for what a start leaves to be collected. */
const settleMs = 2000

export interface CommandLineStart {
  /** From the start of the process to the first accepted connection. */
  readyMs: number
  /** Resident memory, idle; undefined where /proc does not tell. */
  residentBytes: number | undefined
}

export async function startCommandLine(): Promise<CommandLineStart> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'odradek-bench-'))
  const port = await freePort()
  const startMs = performance.now()
  const child = spawn(process.execPath, [main, '--port', `${port}`, '--data-dir', dataDir], {
    stdio: 'ignore',
  })
  await accepting(port)
  const readyMs = performance.now() - startMs
  await new Promise(resolve => setTimeout(resolve, settleMs))
  const resident = await residentBytes(child.pid!)
  child.kill()
  await once(child, 'close')
  await rm(dataDir, { recursive: true })
  return { readyMs, residentBytes: resident }
}

/** From the call of `startBroker()` to the first accepted connection, in this process. */
export async function startInProcess(): Promise<number> {
  const startMs = performance.now()
  await using broker = await startBroker()
  const socket = connect(Number(broker.bootstrapServers.split(':')[1]), '127.0.0.1')
  await once(socket, 'connect')
  const readyMs = performance.now() - startMs
  socket.destroy()
  return readyMs
}

/** The same, in a process of its own that has loaded nothing yet. */
export async function startInFreshProcess(): Promise<number> {
  return Number(await runTool(process.execPath, [firstStart]))
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(status) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}
