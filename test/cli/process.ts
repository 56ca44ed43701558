/** The program as its users run it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../bin/odradek.js', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Running extends AsyncDisposable {
  pid: number
  /** Where it listens, by its ready line. */
  port: number
  /** The ready line. */
  ready: Record<string, unknown>
  /** Lines on stderr so far. */
  lines: string[]
  kill(signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

function launch(
  args: readonly string[],
  cwd?: string,
  input = '',
  variables: Readonly<Record<string, string>> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, ...variables },
  })
  child.stdin.end(input)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  }
  const ended = once(child, 'close').then(
    ([code, signal]: (number | null)[]): Ended => ({ code, signal, ...output }) as unknown as Ended,
  )
  return { child, ended }
}

/** Runs the program until it ends; `input` stands on its stdin. */
export function run(args: readonly string[], cwd?: string, input?: string): Promise<Ended> {
  return launch(args, cwd, input).ended
}

/** Starts the server on a free port, with variables besides, and waits until it is ready. */
export async function start(
  args: readonly string[],
  cwd?: string,
  variables?: Readonly<Record<string, string>>,
): Promise<Running> {
  const { child, ended } = launch(['--port', '0', ...args], cwd, '', variables)
  const lines: string[] = []
  const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', line => {
      lines.push(line)
      const entry = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}
      if (entry['msg'] === 'ready') resolve(entry)
    })
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
  const [address] = (await ready)['addresses'] as string[]
  return {
    pid: child.pid!,
    port: Number(/:(\d+)$/.exec(address!)![1]),
    ready: await ready,
    lines,
    kill: signal => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
