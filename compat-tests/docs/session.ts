/** What a reader of a page does: writes its files, runs its programs and commands. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { outputOf, stepsOf, type Block } from './page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = `"${process.execPath}" "${path.join(root, 'bin/odradek.js')}"`
/** A command that starts a broker: no other one is named, there are flags only, with values. */
const starts = /^(?:npx )?odradek(?: +-\S+(?: +[^-\s]\S*)?)*$/
const readyWithinMs = 20_000
const commandMs = 60_000

interface Ended {
  code: number | null
  out: string
  err: string
}

export class Session implements AsyncDisposable {
  readonly #folder: string
  readonly #port: number
  readonly #env: NodeJS.ProcessEnv
  #servers: ChildProcess[] = []
  #programs = 0

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
    const bins = [path.join(folder, 'bin'), path.join(root, 'node_modules/.bin')]
    this.#env = {
      ...process.env,
      PATH: [...bins, process.env['PATH']].join(path.delimiter),
      NO_COLOR: '1',
      ODRADEK_BOOTSTRAP_SERVERS: `localhost:${port}`,
    }
  }

  /** In a folder of the project, so that its name is known to programs. */
  static async open(): Promise<Session> {
    const cache = path.join(root, '.cache')
    await mkdir(cache, { recursive: true })
    const folder = await mkdtemp(path.join(cache, 'page-'))
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'odradek'), `#!/bin/sh\nexec ${program} "$@"\n`)
    await chmod(path.join(bin, 'odradek'), 0o755)
    return new Session(folder, await freePort())
  }

  /** Does what the block says; returns what is wrong, and what its last program has printed. */
  async run(block: Block): Promise<{ complaints: string[]; out: string }> {
    const { language, file } = block
    const text = this.#here(block.text)
    if (file !== undefined) {
      await mkdir(path.dirname(path.join(this.#folder, file)), { recursive: true })
      await writeFile(path.join(this.#folder, file), text)
      return { complaints: [], out: '' }
    }
    if (language === 'console') return this.#console(text)
    if (language === 'sh') return this.#shell(text)
    const name = `program-${++this.#programs}.${language === 'ts' ? 'ts' : 'mjs'}`
    await writeFile(path.join(this.#folder, name), text)
    return this.#check(`node ${name}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      const closed = once(server, 'close')
      if (server.exitCode === null && server.kill('SIGTERM')) await closed
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  #here(text: string): string {
    return text.replaceAll(/\b9092\b/g, String(this.#port))
  }

  async #console(text: string): Promise<{ complaints: string[]; out: string }> {
    const steps = stepsOf(text)
    const complaints = steps.length === 0 ? ['no command is behind a $'] : []
    let out = ''
    for (const { command, prints } of steps) {
      const ended = await this.#command(command)
      out = `${ended.out}${ended.err}`
      if (!matches(prints, out)) complaints.push(`${command}\n${out}\ninstead of\n${prints}`)
    }
    return { complaints, out }
  }

  async #shell(text: string): Promise<{ complaints: string[]; out: string }> {
    const commands = text.replaceAll(/ \\\n +/g, ' ').split('\n')
    const complaints: string[] = []
    let out = ''
    for (const command of commands.filter(line => line !== '' && !line.startsWith('#'))) {
      const checked = await this.#check(command)
      complaints.push(...checked.complaints)
      out += checked.out
    }
    return { complaints, out }
  }

  async #check(command: string): Promise<{ complaints: string[]; out: string }> {
    const { code, out, err } = await this.#command(command)
    return { complaints: code === 0 ? [] : [`${command}: exit code ${code}\n${out}${err}`], out }
  }

  async #command(given: string): Promise<Ended> {
    // It installs besides, which CI shows on a clean checkout.
    const command = given.replace(/^npm start(?: -- )?/, 'odradek ')
    if (starts.test(command.replace(/ +#.*/, '').trim())) return this.#serve(command)
    const child = this.#spawn(command)
    const timer = setTimeout(() => child.kill('SIGKILL'), commandMs)
    const [out, err] = await Promise.all([textOf(child.stdout!), textOf(child.stderr!)])
    clearTimeout(timer)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return { code: child.exitCode, out, err }
  }

  /** A broker, in the background until the page ends. */
  async #serve(command: string): Promise<Ended> {
    const port = /--(?:port|config) /.test(command) ? '' : ` --port ${this.#port}`
    const child = this.#spawn(`exec ${command.trim()}${port}`)
    this.#servers.push(child)
    let err = ''
    child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout!.resume()
    const deadlineMs = Date.now() + readyWithinMs
    while (!err.includes('"msg":"ready"')) {
      const isOver = child.exitCode !== null || Date.now() > deadlineMs
      if (isOver) return { code: child.exitCode ?? -1, out: '', err }
      await sleep(20)
    }
    return { code: 0, out: '', err: '' }
  }

  #spawn(command: string): ChildProcess {
    const options = {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    } as const
    return spawn('bash', ['-c', command], options as never)
  }
}

function matches(prints: string, out: string): boolean {
  return outputOf(prints).test(out.trim())
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
