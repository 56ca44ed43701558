/** How soon a broker within the own process is there. */
import { once } from 'node:events'
import { connect } from 'node:net'
import path from 'node:path'
import { runTool } from '../compat-tests/tool.ts'
import { startBroker } from '../src/index.ts'

const firstStart = path.join(import.meta.dirname, 'first-start.ts')

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
