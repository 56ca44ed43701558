/** A member of a group: a program of some language, which tells on stdout what it does. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Command } from '../programs.ts'
import type { Event, Told } from './history.ts'

/** How much of stderr is kept for a complaint. */
const maxComplaintChars = 4000

export class Member {
  readonly name: string
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #complaint = ''

  /**
   * Behind the program's own arguments come BOOTSTRAP TOPIC GROUP PROTOCOL SESSION_MS HEARTBEAT_MS.
   * `tell` is called with each line, in order.
   */
  constructor(name: string, { program, args }: Command, tell: (told: Told) => void) {
    this.name = name
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'close')
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-maxComplaintChars)
    })
    createInterface({ input: this.#child.stdout! }).on('line', line => {
      const [atMs, ...words] = line.split(' ')
      tell({ atMs: Number(atMs), member: name, event: readEvent(words) })
    })
    // A member that ends early is missed by those who wait for what it tells.
    this.#child.stdin!.on('error', () => undefined)
  }

  /** What it has written to stderr, if anything. */
  get complaint(): string {
    return this.#complaint
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  say(command: 'pause' | 'resume'): void {
    this.#child.stdin!.write(`${command}\n`)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** It leaves its group and ends; rejects when it ends otherwise. */
  async stop(): Promise<void> {
    this.#child.stdin!.write('stop\n')
    await this.#closed
    if (this.#child.exitCode === 0) return
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`
    throw new Error(`${this.name} ended with ${how}:\n${this.#complaint}`)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}

function readEvent([kind, ...rest]: string[]): Event {
  switch (kind) {
    case 'joining':
    case 'stopped':
      return { kind }
    case 'assigned':
    case 'revoked':
    case 'lost':
      return { kind, partitions: rest.map(Number) }
    case 'record':
      return { kind, partition: Number(rest[0]), offset: Number(rest[1]), value: rest[2]! }
    case 'committed':
      return { kind, partition: Number(rest[0]), offset: Number(rest[1]) }
    default:
      return { kind: 'error', text: rest.join(' ') }
  }
}
