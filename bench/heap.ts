/** What a process of Node.js keeps when its garbage is collected, asked through its inspector. */
import { freePort } from '../compat-tests/kafka/kafka.ts'

const pollMs = 20
const startLimitMs = 10_000

export interface Heap {
  /** What is in use: objects, and the buffers that they hold. */
  liveBytes(): Promise<number>
}

/**
 * Has the inspectors of the processes that are started from now on listen on a free port, when
 * they are asked to.
 */
export async function inspectLater(): Promise<(pid: number) => Heap> {
  const port = await freePort()
  process.env['NODE_OPTIONS'] = `--inspect-port=127.0.0.1:${port}`
  return pid => ({ liveBytes: () => liveBytes(pid, port) })
}

async function liveBytes(pid: number, port: number): Promise<number> {
  const inspector = await connect(pid, port)
  // What the first collection finalizes, the second one frees.
  for (let i = 0; i < 2; i++) await ask(inspector, 'HeapProfiler.collectGarbage')
  const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
  const { result } = await ask(inspector, 'Runtime.evaluate', { expression, returnByValue: true })
  inspector.close()
  return result!.value
}

async function connect(pid: number, port: number): Promise<WebSocket> {
  process.kill(pid, 'SIGUSR1')
  const endMs = performance.now() + startLimitMs
  for (;;) {
    const targets = await fetch(`http://127.0.0.1:${port}/json/list`).then(
      answer => answer.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
      () => [],
    )
    if (targets[0]) return opened(new WebSocket(targets[0].webSocketDebuggerUrl))
    if (performance.now() > endMs) throw new Error(`the inspector of ${pid} does not answer`)
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

function opened(socket: WebSocket): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(socket))
    socket.addEventListener('error', () => reject(new Error('the inspector refuses to talk')))
  })
}

interface Answer {
  result?: { value: number }
}

/** One at a time. */
function ask(inspector: WebSocket, method: string, params: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const took = ({ data }: MessageEvent): void => {
      const { id, result, error } = JSON.parse(String(data)) as {
        id?: number
        result: Answer
        error?: { message: string }
      }
      if (id === undefined) return
      inspector.removeEventListener('message', took)
      if (error) reject(new Error(`${method}: ${error.message}`))
      else resolve(result)
    }
    inspector.addEventListener('message', took)
    inspector.send(JSON.stringify({ id: 1, method, params }))
  })
}
