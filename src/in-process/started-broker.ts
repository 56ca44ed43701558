import type { ListedGroup } from '../admin/groups.ts'
import type { Parsed } from '../admin/topic-record.ts'
import type { ListedTopic } from '../admin/topics.ts'
import type { Broker } from '../broker.ts'
import type { ChaosOptions, ChaosRun } from '../chaos/chaos.ts'
import type { ScenarioName } from '../chaos/scenarios.ts'
import { unfiredError, type ArmedFault, type FaultDescription } from '../faults/armed-fault.ts'
import type { TypedApi } from '../faults/api-messages.ts'
import type { ApiHook, InstalledHook, RequestHook } from '../faults/request-hooks.ts'
import type { FaultSpec, RequestFilter } from '../faults/spec.ts'
import type { MovableClock } from '../movable-clock.ts'
import type { ResetOptions } from '../snapshots/copies.ts'
import type { ClientMetrics } from '../telemetry/telemetry.ts'
import { BrokerClock } from './broker-clock.ts'
import { GroupHandle } from './group-handle.ts'
import { NodeHandle } from './node-handle.ts'
import { TopicHandle } from './topic-handle.ts'

/** A broker in this process, or several of one cluster. */
export class StartedBroker implements AsyncDisposable {
  /** Where clients connect: 'host:port' of each broker, with commas in between. */
  readonly bootstrapServers: string
  /** In the order of their ids; one, unless more were asked for. */
  readonly brokers: readonly NodeHandle[]
  /** The broker's time, which can stand still and be moved on. */
  readonly clock: BrokerClock
  readonly #broker: Broker
  readonly #topics = new Map<string, TopicHandle>()
  readonly #fork: () => Promise<StartedBroker>

  constructor(broker: Broker, clock: MovableClock, fork: () => Promise<StartedBroker>) {
    const { addresses, nodes } = broker
    this.#broker = broker
    this.#fork = fork
    this.bootstrapServers = addresses.map(({ host, port }) => `${host}:${port}`).join(',')
    const listeners = addresses.length / nodes.ids.length
    this.brokers = nodes.ids.map((id, i) => new NodeHandle(id, addresses[i * listeners]!, nodes))
    this.clock = new BrokerClock(clock)
  }

  /** A topic without a Kafka client; it need not exist. The same handle for a name each time. */
  topic<Value = Parsed>(name: string): TopicHandle<Value> {
    const handle = this.#topics.get(name) ?? new TopicHandle(name, () => this.#broker.services)
    this.#topics.set(name, handle)
    return handle
  }

  /** In the order of their names. */
  async topics(): Promise<ListedTopic[]> {
    const { listTopics } = await import('../admin/topics.ts')
    return listTopics(this.#broker.services)
  }

  /** A group of any protocol; it need not exist. */
  group(id: string): GroupHandle {
    return new GroupHandle(id, () => this.#broker.services)
  }

  /** In the order of their names. */
  async groups(): Promise<ListedGroup[]> {
    const { listGroups } = await import('../admin/groups.ts')
    return listGroups(this.#broker.services)
  }

  /**
   * Forgets topics, groups, transactions, ACLs, quotas, faults and what was set of configs, when it
   * resolves; the same names can be used again at once, and time is the system's. Clients stay
   * connected, and find nothing of what they knew; consumers in a group come to an end, unless
   * `lateConsumers` is 'rejoin'.
   */
  async reset(options?: ResetOptions): Promise<void> {
    await this.#broker.copies.reset(options)
  }

  /**
   * All that the broker knows now, as the bytes of a file: for `restore` and `load`, and for
   * `odradek --load`. Members of groups and faults are not in it.
   */
  async snapshot(): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(await this.#broker.copies.snapshot()))
  }

  /**
   * Puts a snapshot in the place of all that the broker knows; clients are as after `reset`.
   * Rejects with InvalidInput for what is no whole snapshot: then nothing has changed.
   */
  async restore(snapshot: Uint8Array, options?: ResetOptions): Promise<void> {
    await this.#broker.copies.restore(snapshot, options)
  }

  /**
   * Another broker, on a port of its own, which begins with all that this one knows now and goes
   * its own way: what is written to either is not in the other. Members of groups and faults do not
   * come along, and open transactions are aborted in it. It is to be closed by itself.
   */
  fork(): Promise<StartedBroker> {
    return this.#fork()
  }

  /**
   * Makes a broker lead a partition; if it has no replica, it gets that of the leader. Rejects with
   * a KafkaError for an unknown partition, and an InvalidInput for a broker that does not run.
   */
  move(topic: string, partition: number, brokerId: number): Promise<void> {
    return this.#broker.nodes.move(topic, partition, brokerId)
  }

  /** What each client has pushed last (KIP-714), the oldest first. */
  clientMetrics(): ClientMetrics[] {
    return this.#broker.services.telemetry.received()
  }

  /**
   * Has requests of clients fail, wait or get lost: once, if it does not say how often. Throws
   * InvalidInput for what no fault can be.
   */
  fault(spec: FaultSpec): ArmedFault {
    return this.#broker.services.faults.add(spec)
  }

  /** In the order in which they were added. */
  faults(): FaultDescription[] {
    return this.#broker.services.faults.list()
  }

  /**
   * Shows requests to a function before the broker gets them: it may look on, answer itself, change
   * the answer of `next()`, or disconnect. Throws InvalidInput for a filter that cannot be.
   */
  on<A extends TypedApi>(
    event: 'request',
    filter: RequestFilter & { readonly api: A },
    hook: ApiHook<A>,
  ): InstalledHook
  on(event: 'request', filter: RequestFilter, hook: RequestHook): InstalledHook
  on(_event: 'request', filter: RequestFilter, hook: RequestHook): InstalledHook {
    return this.#broker.services.faults.hook(filter, hook)
  }

  /**
   * Has things happen again and again, until the result is stopped: a scenario by its name, such as
   * 'rolling-restart'. Rejects with InvalidInput for what there is not.
   */
  async chaos(scenario: ScenarioName, options: ChaosOptions = {}): Promise<ChaosRun> {
    const { chaosOf } = await import('../chaos/chaos.ts')
    return chaosOf(this.#broker).start(scenario, options)
  }

  /** The last requests of clients and the state of each group, as text: for a test that failed. */
  async report(): Promise<string> {
    const { reportOf } = await import('../trace/report.ts')
    return reportOf(this.#broker.services)
  }

  /**
   * Disconnects all clients and forgets all data. Rejects then if a fault never fired that is not
   * optional: the test has not tested what it says.
   */
  async close(): Promise<void> {
    const unfired = this.#broker.services.faults.unfired()
    await this.#broker.close()
    if (unfired.length > 0) throw unfiredError(unfired)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
