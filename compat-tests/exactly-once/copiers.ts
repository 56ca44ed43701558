/**
 * The copiers of a chain, as their clients' programs: two who share the work by a consumer group.
 * One that ends is started again with its transactional id.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Command } from '../programs.ts'

/** What they all have told. */
export interface Tally {
  /** Transactions. */
  committed: number
  /** Transactions that were aborted on purpose. */
  aborted: number
  /** Transactions that could not be committed: what failed. */
  failed: string[]
  /** Processes that ended by themselves: why, and how. They are started again. */
  ended: string[]
  /** Zombies that were told that they are. */
  fenced: number
}

export interface CopierOptions {
  command: Command
  bootstrapServers: string
  input: string
  output: string
  group: string
  sessionTimeoutMs: number
  heartbeatIntervalMs: number
  protocol: 'classic' | 'consumer'
}

/** How much of stderr is kept for a complaint. */
const maxComplaintChars = 4000

export class Copiers implements AsyncDisposable {
  readonly tally: Tally = { committed: 0, aborted: 0, failed: [], ended: [], fenced: 0 }
  readonly #options: CopierOptions
  /** By transactional id, the one that is started again when it ends. */
  readonly #running = new Map<string, ChildProcess>()
  /** Those who have a successor. */
  readonly #zombies = new Set<ChildProcess>()
  #isStopping = false
  #complaint = ''

  constructor(options: CopierOptions, count: number) {
    this.#options = options
    for (let i = 0; i < count; i++) this.#start(`${options.group}-${i}`)
  }

  /** What they have written to stderr, if anything. */
  get complaint(): string {
    return this.#complaint
  }

  get transactionalIds(): string[] {
    return [...this.#running.keys()]
  }

  /**
   * Arguments: BOOTSTRAP INPUT OUTPUT GROUP TRANSACTIONAL_ID SESSION_MS HEARTBEAT_MS PROTOCOL; a
   * line on stdin ends it. Lines on stdout: `committed COUNT`, `aborted COUNT` on purpose, `failed
   * WHY`, `fatal WHY` before it ends by itself, `stopped`.
   */
  #start(transactionalId: string): void {
    const { command, bootstrapServers, input, output, group, protocol, ...times } = this.#options
    const { program, args } = command
    const topics = [bootstrapServers, input, output, group, transactionalId]
    const how = [`${times.sessionTimeoutMs}`, `${times.heartbeatIntervalMs}`, protocol]
    const child = spawn(program, [...args, ...topics, ...how], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-maxComplaintChars)
    })
    this.#running.set(transactionalId, child)
    createInterface({ input: child.stdout }).on('line', line => this.#read(child, line))
    // One that ended is written to in vain.
    child.stdin.on('error', () => undefined)
    child.once('close', code => {
      if (this.#isStopping || this.#running.get(transactionalId) !== child) return
      if (code !== null) this.tally.ended.push(`exit code ${code}`)
      this.#start(transactionalId)
    })
  }

  #read(child: ChildProcess, line: string): void {
    const [kind] = line.split(' ', 1)
    if (kind === 'committed' || kind === 'aborted') this.tally[kind]++
    else if (kind === 'failed') this.tally.failed.push(line)
    else if (kind === 'fatal' && this.#zombies.has(child)) this.tally.fenced++
    else if (kind === 'fatal') this.tally.ended.push(line)
  }

  /** SIGKILL, and another in its place. */
  async kill(transactionalId: string): Promise<void> {
    await end(this.#running.get(transactionalId)!)
  }

  /** It stands still while its successor starts; then it goes on, and has time to do harm. */
  async makeZombie(transactionalId: string, stillMs: number, harmMs: number): Promise<void> {
    const zombie = this.#running.get(transactionalId)!
    if (hasEnded(zombie)) return
    zombie.kill('SIGSTOP')
    this.#zombies.add(zombie)
    this.#start(transactionalId)
    await sleep(stillMs)
    zombie.kill('SIGCONT')
    await Promise.race([sleep(harmMs), once(zombie, 'close')])
    await end(zombie)
  }

  /** All end in their own time; gives the transactional ids of those that do not end well. */
  async stop(): Promise<string[]> {
    this.#isStopping = true
    const ended = [...this.#running].map(async ([transactionalId, child]) => {
      if (!hasEnded(child)) {
        child.stdin!.write('stop\n')
        await once(child, 'close')
      }
      return child.exitCode === 0 ? [] : [transactionalId]
    })
    return (await Promise.all(ended)).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#running.values(), ...this.#zombies].map(end))
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.kill('SIGKILL')
  await once(child, 'close')
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
