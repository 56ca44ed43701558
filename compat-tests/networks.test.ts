/**
 * Where clients are sent that come over different networks: each in a namespace of its own, with a
 * broker in the middle.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Network, skipped } from './networks/network.ts'
import { missing } from './tool.ts'

const main = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))
const relay = fileURLToPath(new URL('networks/relay.ts', import.meta.url))
const notHere = skipped || missing('kcat', 'install the Debian package kcat')

describe.skipIf(notHere)(`brokers and clients on several networks${notHere}`, () => {
  const resources = new AsyncDisposableStack()
  let started = new AsyncDisposableStack()
  let broker: Network
  let front: Network
  let back: Network

  beforeAll(async () => {
    ;[broker, front, back] = [
      resources.use(await Network.create()),
      resources.use(await Network.create()),
      resources.use(await Network.create()),
    ]
    await broker.connect(front, '10.1.0.1', '10.1.0.2')
    await broker.connect(back, '10.2.0.1', '10.2.0.2')
  })
  afterEach(async () => {
    await started.disposeAsync()
    started = new AsyncDisposableStack()
  })
  afterAll(() => resources.disposeAsync())

  /** Runs a program of ours in a namespace until the test is over; resolves when it is ready. */
  async function start(network: Network, ...args: string[]): Promise<void> {
    const [program, ...rest] = [...network.enter, process.execPath, ...args] as [
      string,
      ...string[],
    ]
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
    started.defer(async () => {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
    })
    const said: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line)
      if (line.includes('ready')) return
    }
    throw new Error(said.join('\n'))
  }

  const startBroker = (...args: string[]): Promise<void> =>
    start(broker, main, '--durability', 'memory', ...args)

  const settings = (configs: Record<string, string>): string[] =>
    Object.entries(configs).flatMap(([name, value]) => ['--set', `${name}=${value}`])

  interface Listed {
    brokers: { id: number; name: string }[]
  }

  /** Where a client is told to find the brokers. */
  async function listed(network: Network, bootstrap: string): Promise<string[]> {
    const output = await network.run(['kcat', '-b', bootstrap, '-L', '-J'])
    const { brokers } = JSON.parse(output) as Listed
    return brokers.toSorted((a, b) => a.id - b.id).map(({ name }) => name)
  }

  /** Produces to each of three partitions and reads them back. */
  async function roundTrip(network: Network, bootstrap: string, topic: string): Promise<void> {
    for (const partition of ['0', '1', '2']) {
      const to = ['-t', topic, '-p', partition]
      const produce = `kcat -b ${bootstrap} -P ${to.join(' ')} -X message.timeout.ms=10000`
      await network.run(['sh', '-c', `echo hello | ${produce}`])
      const read = await network.run(['kcat', '-b', bootstrap, '-C', '-e', '-q', ...to])
      expect(read).toBe('hello\n')
    }
  }

  it('send each client back to the address that it came to', async () => {
    await startBroker('--host', '0.0.0.0', '--brokers', '3', '--set', 'num.partitions=3')
    for (const [network, host] of [
      [front, '10.1.0.1'],
      [back, '10.2.0.1'],
      [broker, '127.0.0.1'],
    ] as const) {
      const addresses = [9092, 9093, 9094].map(port => `${host}:${port}`)
      expect(await listed(network, addresses[0]!)).toEqual(addresses)
      expect(await listed(network, addresses[2]!)).toEqual(addresses)
      await roundTrip(network, addresses[0]!, `from-${host}`)
    }
  })

  it('have listeners with names, ports and advertised addresses of their own', async () => {
    await startBroker(
      ...settings({
        listeners: 'FRONT://10.1.0.1:19092,BACK://10.2.0.1:9092',
        'listener.security.protocol.map': 'FRONT:PLAINTEXT,BACK:PLAINTEXT',
        'advertised.listeners': 'FRONT://10.1.0.1:19092',
        'num.partitions': '3',
      }),
    )
    expect(await listed(front, '10.1.0.1:19092')).toEqual(['10.1.0.1:19092'])
    expect(await listed(back, '10.2.0.1:9092')).toEqual(['10.2.0.1:9092'])
    await roundTrip(front, '10.1.0.1:19092', 'front')
    await roundTrip(back, '10.2.0.1:9092', 'back')
  })

  it('are reached through a published port that --advertise names', async () => {
    // As a container's proxy does it: the broker sees an address that the client cannot reach.
    await start(front, relay, '127.0.0.1:29092', '10.1.0.1:9092')
    await startBroker('--host', '0.0.0.0', '--set', 'num.partitions=3')
    expect(await listed(front, '127.0.0.1:29092')).toEqual(['10.1.0.1:9092'])
    await started.disposeAsync()
    started = new AsyncDisposableStack()
    await start(front, relay, '127.0.0.1:29092', '10.1.0.1:9092')
    await startBroker(
      '--host',
      '0.0.0.0',
      '--advertise',
      '127.0.0.1:29092',
      ...settings({ 'num.partitions': '3' }),
    )
    expect(await listed(front, '127.0.0.1:29092')).toEqual(['127.0.0.1:29092'])
    await roundTrip(front, '127.0.0.1:29092', 'published')
  })
})
