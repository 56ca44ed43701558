/** A real Apache Kafka, of one node or several, to compare with. Needs Java 17 and Maven. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runTool } from '../tool.ts'

export interface Kafka extends AsyncDisposable {
  readonly bootstrapServers: string
  /** Of the first node, as is what follows. */
  readonly pid: number
  readonly dataDir: string
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts again with what it has stored; resolves when the port takes a connection. */
  restart(): Promise<void>
}

interface Node {
  /** The first one, 1, is the controller as well. */
  id: number
  directory: string
  port: number
}

const folder = import.meta.dirname
const jars = path.join(folder, '../../.cache/kafka-4.3.1')
const classPath = path.join(jars, '*')
/** Any uuid will do. */
const clusterId = 'b2RyYWRlay1rYWZrYS0wMQ'
const startTimeoutMs = 60_000

/** Whether this machine can run it. */
export function canRunKafka(): boolean {
  return ['java', 'mvn'].every(program => spawnSync(program, ['-version']).status === 0)
}

/**
 * Starts on a free port and an empty data directory; `configs` are lines of server.properties, in
 * which `{port}` and `{controllerPort}` stand for its ports.
 */
export function startKafka(...configs: string[]): Promise<Kafka> {
  return startKafkaCluster(1, ...configs)
}

/** The same, with so many nodes: 1, 2, ... */
export async function startKafkaCluster(count: number, ...configs: string[]): Promise<Kafka> {
  await fetchJars()
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-kafka-'))
  const controllerPort = await freePort()
  const nodes: Node[] = []
  for (let id = 1; id <= count; id++) {
    nodes.push({ id, directory: path.join(directory, `${id}`), port: await freePort() })
  }
  const children: ChildProcess[] = []
  const dispose = async (): Promise<void> => {
    await Promise.all(children.map(child => end(child, 'SIGKILL')))
    await rm(directory, { recursive: true })
  }
  const start = async (index: number): Promise<void> => {
    children[index] = spawnNode(nodes[index]!)
    await accepting(nodes[index]!.port)
  }
  try {
    await Promise.all(nodes.map(node => formatNode(node, controllerPort, configs)))
    await Promise.all(nodes.map((_, index) => start(index)))
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    bootstrapServers: `127.0.0.1:${nodes[0]!.port}`,
    get pid() {
      return children[0]!.pid!
    },
    dataDir: dataDirOf(nodes[0]!),
    stop: () => end(children[0]!, 'SIGTERM'),
    kill: () => end(children[0]!, 'SIGKILL'),
    restart: () => start(0),
    [Symbol.asyncDispose]: dispose,
  }
}

async function formatNode(
  node: Node,
  controllerPort: number,
  configs: readonly string[],
): Promise<void> {
  await mkdir(node.directory)
  await writeFile(propertiesOf(node), serverProperties(node, controllerPort, configs))
  await writeFile(loggingOf(node), 'rootLogger.level = warn\n')
  const format = ['format', '-t', clusterId, '-c', propertiesOf(node)]
  await runTool('java', [...javaOptions(node), 'kafka.tools.StorageTool', ...format])
}

function spawnNode(node: Node): ChildProcess {
  const argv = [...javaOptions(node), 'kafka.Kafka', propertiesOf(node)]
  return spawn('java', argv, { stdio: 'ignore' })
}

function javaOptions(node: Node): string[] {
  return ['-Xmx1G', `-Dlog4j2.configurationFile=${loggingOf(node)}`, '-cp', classPath]
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'close')
}

/** The class path of Kafka and its tools; fetched once for each clone, complete or not there. */
export async function fetchJars(): Promise<string> {
  if (existsSync(jars)) return classPath
  const partial = `${jars}.partial`
  const pom = path.join(folder, 'pom.xml')
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
  const markers = `-DmarkersDirectory=${path.join(partial, 'markers')}`
  await runTool('mvn', ['-q', '-B', '-f', pom, ...copy, markers], { timeoutMs: 600_000 })
  await rename(partial, jars)
  return classPath
}

function dataDirOf({ directory }: Node): string {
  return path.join(directory, 'data')
}

function propertiesOf({ directory }: Node): string {
  return path.join(directory, 'server.properties')
}

function loggingOf({ directory }: Node): string {
  return path.join(directory, 'log4j2.properties')
}

function serverProperties(node: Node, controllerPort: number, configs: readonly string[]): string {
  const { id, port } = node
  const isController = id === 1
  const listeners = [
    `PLAINTEXT://127.0.0.1:${port}`,
    ...(isController ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : []),
  ]
  return [
    `process.roles=${isController ? 'broker,controller' : 'broker'}`,
    `node.id=${id}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=${listeners.join(',')}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${dataDirOf(node)}`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    ...configs,
    '',
  ]
    .join('\n')
    .replaceAll('{port}', `${port}`)
    .replaceAll('{controllerPort}', `${controllerPort}`)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves when the port takes a connection. */
async function accepting(port: number): Promise<void> {
  const startMs = performance.now()
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch (error) {
      if (performance.now() - startMs > startTimeoutMs) throw error
      await new Promise(resolve => setTimeout(resolve, 1))
    } finally {
      socket.destroy()
    }
  }
}
