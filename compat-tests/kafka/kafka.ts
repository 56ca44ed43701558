/** A real Apache Kafka, one node, to compare with. Needs Java 17 and Maven. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runTool } from '../tool.ts'

export interface Kafka extends AsyncDisposable {
  readonly bootstrapServers: string
  readonly pid: number
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
export async function startKafka(...configs: string[]): Promise<Kafka> {
  await fetchJars()
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-kafka-'))
  const [port, controllerPort] = await Promise.all([freePort(), freePort()])
  const properties = path.join(directory, 'server.properties')
  const logging = path.join(directory, 'log4j2.properties')
  await writeFile(properties, serverProperties(directory, port, controllerPort, configs))
  await writeFile(logging, 'rootLogger.level = warn\n')
  const java = ['-Xmx1G', `-Dlog4j2.configurationFile=${logging}`, '-cp', classPath]
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]
  await runTool('java', [...java, ...format])
  const child = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    await rm(directory, { recursive: true })
  }
  try {
    await accepting(port)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    pid: child.pid!,
    [Symbol.asyncDispose]: stop,
  }
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

function serverProperties(
  directory: string,
  port: number,
  controllerPort: number,
  configs: readonly string[],
): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${path.join(directory, 'data')}`,
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
