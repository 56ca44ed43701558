import { ConfigError } from '../config.ts'
import type { TlsListener, TlsListenerOptions } from './tls-listener.ts'

export type TlsListenersOptions = Pick<TlsListenerOptions, 'config' | 'clock' | 'logger' | 'audit'>

/** The TLS of all listeners that have it. What it takes is loaded when there is one. */
export class TlsListeners {
  readonly #options: TlsListenersOptions
  readonly #open = new Map<string, TlsListener>()

  constructor(options: TlsListenersOptions) {
    this.#options = options
  }

  /** That of a listener, on all nodes; undefined where it has none. Rejects with a ConfigError. */
  async open(listener: TlsListenerOptions['listener']): Promise<TlsListener | undefined> {
    if (!listener.protocol.endsWith('SSL')) return undefined
    const known = this.#open.get(listener.name)
    if (known !== undefined) return known
    const { TlsListener } = await import('./tls-listener.ts')
    const { fileFacts, nodeFs } = await import('../../storage/file/fs.ts')
    const files = { readFile: nodeFs.readFile, fileFacts }
    try {
      const opened = await TlsListener.open({ ...this.#options, listener, files })
      this.#open.set(listener.name, opened)
      return opened
    } catch (error) {
      if (error instanceof RangeError) throw new ConfigError(error.message)
      throw error
    }
  }

  /** As each would be by other configs; what it gives back puts that to use. */
  async prepare(config: Pick<TlsListenerOptions['config'], 'overrides'>): Promise<() => void> {
    const prepared: (() => void)[] = []
    for (const listener of this.#open.values()) prepared.push(await listener.prepare(config))
    return () => prepared.forEach(use => use())
  }

  close(): void {
    for (const listener of this.#open.values()) listener.close()
  }
}
