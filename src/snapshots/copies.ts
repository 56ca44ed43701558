/** Copies of all that a broker knows, and what can be put in its place. */
import type { Change } from '../../storage/metadata-store.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { Broker } from '../broker.ts'
import type { Clock } from '../clock.ts'
import { clientsInGroups, type LateConsumers } from '../late-consumers.ts'
import { MovableClock } from '../movable-clock.ts'
import type { Storage } from '../state.ts'
import { emptying } from './copied-rows.ts'
import type { LoadOptions, SnapshotSource } from './load.ts'

export interface CopiesOptions extends LoadOptions {
  broker: Pick<Broker, 'replace' | 'services' | 'nodes'>
  lateConsumers: Pick<LateConsumers, 'begin'>
}

export interface ResetOptions {
  /**
   * What becomes of consumers that are in a group and stay connected. 'fence', the default, lets
   * them read and join nothing more, so that a test meets none of the test before: they end with
   * FENCED_INSTANCE_ID. 'rejoin' is for applications that live on: they join their group again.
   */
  lateConsumers?: 'fence' | 'rejoin'
}

/** Its calls take effect one after the other. */
export class Copies {
  readonly #options: CopiesOptions
  #storage: Storage
  /** The last change of what the broker knows. */
  #changing: Promise<void> = Promise.resolve()

  /** The storage is what the broker was opened with. */
  constructor(options: CopiesOptions) {
    this.#options = options
    this.#storage = options
  }

  /** See `takeSnapshot`. */
  async snapshot(): Promise<AsyncGenerator<Buffer>> {
    const { takeSnapshot } = await import('./take.ts')
    return takeSnapshot(this.#options.broker.services)
  }

  /**
   * Puts a snapshot in the place of all that the broker knows. Clients stay connected and are as
   * after `reset`. A crash leaves what was before or what the snapshot has, whole. Throws
   * InvalidInput for what is no whole snapshot: then nothing has changed.
   */
  restore(source: SnapshotSource, options?: ResetOptions): Promise<void> {
    return this.#inTurn(async () => {
      const { loadSnapshot } = await import('./load.ts')
      const loaded = await loadSnapshot(source, { ...this.#options, ...this.#storage })
      await this.#replace(({ metadata }) => loaded.changes(metadata.rows()), options)
    })
  }

  /**
   * Forgets topics, groups, transactions, ACLs, quotas and what was set of configs. Clients stay
   * connected: those who knew a topic or a group find neither. Users that log in by SCRAM stay, and
   * so does the cluster's id; the broker's time passes, and is the system's. A crash leaves all or
   * nothing.
   */
  reset(options?: ResetOptions): Promise<void> {
    return this.#inTurn(() => {
      const { clock } = this.#options
      if (clock instanceof MovableClock) clock.reset()
      return this.#replace(({ metadata }) => emptying(metadata.rows()), options)
    })
  }

  /**
   * Storage for another broker, which begins with what this one knows. Rejects with InvalidInput
   * where it is not in memory.
   */
  async fork(clock: Clock): Promise<Storage> {
    await this.#changing
    const { fork } = this.#storage
    if (fork !== undefined) return fork(clock)
    throw new InvalidInput('only a broker in memory can be forked: take a snapshot, and load that')
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(() => {})
    return changed
  }

  /** Brokers that were stopped run again: what has stopped them is forgotten, too. */
  async #replace(
    changes: (stored: Storage) => readonly Change[],
    { lateConsumers = 'fence' }: ResetOptions = {},
  ): Promise<void> {
    const { reopen, metadata } = this.#storage
    if (reopen === undefined) throw new Error('the storage of this broker is opened only once')
    const clients = clientsInGroups(metadata.rows())
    const { broker } = this.#options
    await broker.replace(async () => {
      this.#storage = await reopen()
      await this.#storage.metadata.commit(changes(this.#storage))
      this.#options.lateConsumers.begin(clients, { mayRejoin: lateConsumers === 'rejoin' })
      return this.#storage
    })
    await Promise.all(broker.nodes.ids.map(id => broker.nodes.start(id)))
  }
}
