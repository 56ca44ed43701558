/** A distributed worker of Kafka Connect 4.3.1, from Apache Kafka's own jars. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once as closing } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fetchJars } from '../kafka/kafka.ts'
import { once } from '../programs.ts'
import { runTool } from '../tool.ts'

const folder = import.meta.dirname
const classes = path.join(folder, '../../.cache/connect-classes')
/** What starts fast: workers live for seconds. */
const flags = ['-Xmx256M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
/** A worker that waits for its broker answers late. */
const requestTimeoutMs = 10_000

export interface WorkerOptions {
  bootstrapServers: string
  /** Of its REST API. */
  port: number
  /** For its configuration. */
  directory: string
}

export class Worker implements AsyncDisposable {
  readonly #port: number
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  private constructor(port: number, child: ChildProcess) {
    this.#port = port
    this.#child = child
    this.#closed = closing(child, 'close')
  }

  static async start(options: WorkerOptions): Promise<Worker> {
    const classPath = await compile()
    const properties = path.join(options.directory, `${options.port}.properties`)
    await writeFile(properties, propertiesOf(options))
    const main = ['org.apache.kafka.connect.cli.ConnectDistributed', properties]
    // There is no logging in these jars. What a task dies of stands in its status.
    const child = spawn('java', [...flags, '-cp', classPath, ...main], { stdio: 'ignore' })
    return new Worker(options.port, child)
  }

  /** What its REST API answers; undefined while it does not, or refuses. */
  async get(resource: string): Promise<unknown> {
    const answer = await this.#request(resource, { method: 'GET' })
    return answer?.json()
  }

  /** Whether it has taken it. */
  async put(resource: string, value?: unknown): Promise<boolean> {
    const headers = { 'content-type': 'application/json' }
    const body = value === undefined ? null : JSON.stringify(value)
    return (await this.#request(resource, { method: 'PUT', headers, body })) !== undefined
  }

  async #request(resource: string, init: RequestInit): Promise<Response | undefined> {
    const url = `http://127.0.0.1:${this.#port}/${resource}`
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const answer = await fetch(url, { ...init, signal }).catch(() => undefined)
    return answer?.ok === true ? answer : undefined
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

/** The class path. With the file that names the connector, no worker looks into every jar. */
const compile = once(async () => {
  const jars = await fetchJars()
  const services = path.join(classes, 'META-INF/services')
  await mkdir(services, { recursive: true })
  await runTool('javac', ['-d', classes, '-cp', jars, path.join(folder, 'Numbers.java')])
  await writeFile(
    path.join(services, 'org.apache.kafka.connect.source.SourceConnector'),
    'Numbers\n',
  )
  return `${classes}${path.delimiter}${jars}`
})

function propertiesOf({ bootstrapServers, port }: WorkerOptions): string {
  const storage = ['config', 'offset', 'status'].flatMap(what => [
    `${what}.storage.topic=connect-${what}`,
    `${what}.storage.replication.factor=1`,
  ])
  return [
    `bootstrap.servers=${bootstrapServers}`,
    'group.id=connect',
    'exactly.once.source.support=enabled',
    ...storage,
    'offset.storage.partitions=5',
    // Compacted all the time.
    'offset.storage.segment.ms=1000',
    'offset.storage.min.cleanable.dirty.ratio=0.01',
    'key.converter=org.apache.kafka.connect.storage.StringConverter',
    'value.converter=org.apache.kafka.connect.storage.StringConverter',
    'plugin.discovery=service_load',
    `listeners=http://127.0.0.1:${port}`,
    // A worker that starts waits for what another one has left open.
    'producer.transaction.timeout.ms=10000',
    'session.timeout.ms=6000',
    'heartbeat.interval.ms=500',
    // By default those that live wait for five minutes before they take over.
    'scheduled.rebalance.max.delay.ms=0',
    '',
  ].join('\n')
}
