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
  readonly pid: number
  /** Of the first node. */
  readonly dataDir: string
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

/** Starts on a free port and an empty data directory; `configs` are lines of server.properties. */
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
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(kill))
    await rm(directory, { recursive: true })
  }
  try {
    const starts = nodes.map(async node => {
      children.push(await startNode(node, controllerPort, configs))
      await accepting(node.port)
    })
    await Promise.all(starts)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    bootstrapServers: `127.0.0.1:${nodes[0]!.port}`,
    pid: children[0]!.pid!,
    dataDir: dataDirOf(nodes[0]!),
    [Symbol.asyncDispose]: stop,
  }
}

async function startNode(
  node: Node,
  controllerPort: number,
  configs: readonly string[],
): Promise<ChildProcess> {
  await mkdir(node.directory)
  const properties = path.join(node.directory, 'server.properties')
  const logging = path.join(node.directory, 'log4j2.properties')
  await writeFile(properties, serverProperties(node, controllerPort, configs))
  await writeFile(logging, 'rootLogger.level = warn\n')
  const java = ['-Xmx1G', `-Dlog4j2.configurationFile=${logging}`, '-cp', classPath]
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]
  await runTool('java', [...java, ...format])
  return spawn('java', [...java, 'kafka.Kafka', properties], { stdio: 'ignore' })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
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
  ].join('\n')
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
export async function accepting(port: number): Promise<void> {
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
