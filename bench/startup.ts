/** How soon a broker is there: in its own process, and within another. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runTool } from '../compat-tests/tool.ts'

const root = path.join(import.meta.dirname, '..')
const firstStart = path.join(import.meta.dirname, 'first-start.ts')

/** The npm package, as `npm run build` makes it, and the sources that it is made of. */
export const forms = [
  { title: 'npm package', folder: path.join(root, 'dist'), entry: 'src/index.js' },
  { title: 'sources', folder: root, entry: 'src/index.ts' },
] as const

export type Form = (typeof forms)[number]

/** So that the package is that of the sources. */
export async function buildPackage(): Promise<void> {
  await runTool(process.execPath, [path.join(root, 'scripts/build.js')])
}

/** Milliseconds to listening in a fresh process, from `import` on, and then again from the call. */
export async function startEmbedded({
  folder,
  entry,
}: Form): Promise<{ firstMs: number; againMs: number }> {
  const printed = await runTool(process.execPath, [firstStart, path.join(folder, entry)])
  return JSON.parse(printed) as { firstMs: number; againMs: number }
}

/** Milliseconds from the start of the process to the first connection that is accepted. */
export async function startCommand({ folder }: Form): Promise<number> {
  const port = await freePort()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'odradek-start-'))
  const args = [path.join(folder, 'bin/odradek.js'), '--port', String(port), '--data-dir', dataDir]
  const startMs = performance.now()
  const broker = spawn(process.execPath, args, { stdio: 'ignore' })
  const exited = once(broker, 'exit')
  try {
    while (!(await accepts(port))) await sleep(1)
    return performance.now() - startMs
  } finally {
    broker.kill('SIGTERM')
    await exited
    await rm(dataDir, { recursive: true })
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
