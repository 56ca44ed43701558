/** Network namespaces of Linux: machines of their own, as far as addresses and ports go. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { runTool, type ToolOptions } from '../tool.ts'

/** What a test's name says where namespaces cannot be made; '' where they can. */
export const skipped =
  spawnSync('unshare', ['--net', 'ip', 'link'], { stdio: 'ignore' }).status === 0
    ? ''
    : ' (skipped: no network namespaces here; they take root, util-linux and iproute2)'

/** A namespace that lives as long as this process, or until it is disposed of. */
export class Network implements AsyncDisposable {
  readonly #holder: ChildProcess

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  static async create(): Promise<Network> {
    const script = 'ip link set lo up && echo up && exec cat'
    const holder = spawn('unshare', ['--net', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    return new Network(holder)
  }

  /** A command line that runs another one in here. */
  get enter(): [string, ...string[]] {
    return ['nsenter', '--target', String(this.#holder.pid), '--net', '--']
  }

  run(command: readonly string[], options?: ToolOptions): Promise<string> {
    const [program, ...args] = [...this.enter, ...command] as [string, ...string[]]
    return runTool(program, args, options)
  }

  /** A cable to another namespace, with an address at either end. */
  async connect(other: Network, here: string, there: string): Promise<void> {
    const [name, peer] = [`to-${other.#holder.pid}`, `to-${this.#holder.pid}`]
    const end = ['peer', 'name', peer, 'netns', String(other.#holder.pid)]
    await this.run(['ip', 'link', 'add', name, 'type', 'veth', ...end])
    await this.#address(name, here)
    await other.#address(peer, there)
  }

  async #address(device: string, address: string): Promise<void> {
    await this.run(['ip', 'address', 'add', `${address}/24`, 'dev', device])
    await this.run(['ip', 'link', 'set', device, 'up'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#holder, 'close')
    this.#holder.stdin!.end()
    await closed
  }
}
