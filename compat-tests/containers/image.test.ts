/** What the image promises whoever starts it: users, signals, addresses, variables, tools. */
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { runTool } from '../tool.ts'
import { docker, image, skipped } from './image.ts'

interface Container extends AsyncDisposable {
  id: string
  /** On the host, of the container's port 9092; undefined where it is not published. */
  port: number
  /** In the network of its own. */
  address: string
  logs(): Promise<string>
  exec(...args: string[]): Promise<string>
}

/** Runs until it is disposed of; resolves when it says that it is ready. */
async function start(flags: readonly string[] = [], ...args: string[]): Promise<Container> {
  const id = (await docker('run', '-d', '-p', '127.0.0.1::9092', ...flags, image, ...args)).trim()
  // What the broker says is on both streams.
  const logs = (): Promise<string> => runTool('sh', ['-c', `docker logs ${id} 2>&1`])
  await expect.poll(logs, { timeout: 20_000, interval: 50 }).toMatch(/^odradek ready$/m)
  const published = await docker('port', id, '9092')
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  return {
    id,
    port: Number(/:(\d+)$/m.exec(published)![1]),
    address: (await docker('inspect', '-f', format, id)).trim(),
    logs,
    exec: (...command) => docker('exec', id, ...command),
    async [Symbol.asyncDispose]() {
      await docker('rm', '-f', '-v', id)
    },
  }
}

/** Where a client that comes to this address is sent. */
async function sentTo(address: string): Promise<string[]> {
  const listed = JSON.parse(await runTool('kcat', ['-b', address, '-L', '-J'])) as {
    brokers: { name: string }[]
  }
  return listed.brokers.map(({ name }) => name)
}

/** Forwards to a port of this machine. */
async function proxyTo(port: number): Promise<Server> {
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

describe.skipIf(skipped)(`the image${skipped}`, () => {
  it('runs as a user without rights, keeps data, and ends within a second of SIGTERM', async () => {
    await using container = await start()
    expect(await container.exec('id', '-un')).toBe('odradek\n')
    await container.exec('sh', '-c', 'echo hello | odradek produce greetings')
    expect((await docker('top', container.id, '-o', 'pid,args')).split('\n')[1]).toContain('node')
    const begin = performance.now()
    await docker('stop', '-t', '5', container.id)
    expect(performance.now() - begin).toBeLessThan(2000)
    expect(await docker('inspect', '-f', '{{.State.ExitCode}}', container.id)).toBe('0\n')
    await docker('start', container.id)
    await expect.poll(container.logs, { timeout: 20_000 }).toMatch(/odradek ready[^]*odradek ready/)
    expect(await container.exec('odradek', 'consume', 'greetings', '--exit')).toContain('hello')
  })

  it.each([
    ['as any user', ['--user', '12345:54321']],
    ['without rights to write', ['--read-only', '-e', 'ODRADEK_DURABILITY=memory']],
    ['without rights at all', ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']],
  ])('runs %s', async (_, flags) => {
    await using container = await start(flags)
    await container.exec('sh', '-c', 'echo hello | odradek produce greetings')
    expect(await container.exec('odradek', 'consume', 'greetings', '--exit')).toContain('hello')
  })

  it('takes flags and commands as its arguments, and runs any other program', async () => {
    await using container = await start([], '--set', 'num.partitions=5')
    expect(await container.exec('odradek', 'config', 'broker')).toMatch(/num\.partitions +5/)
    expect(await docker('run', '--rm', image, '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await docker('run', '--rm', image, 'topic', '--help')).toContain('odradek topic create')
    expect(await docker('run', '--rm', image, 'sh', '-c', 'echo $0')).toBe('sh\n')
  })

  it('tells clients an address that they can reach, wherever they come from', async () => {
    const network = `odradek-${process.pid}`
    await docker('network', 'create', network)
    try {
      await using container = await start(['--network', network, '--network-alias', 'kafka'])
      const inNetwork = `${container.address}:9092`
      const [localhost, loopback] = [`localhost:${container.port}`, `127.0.0.1:${container.port}`]
      expect(await sentTo(localhost)).toEqual([inNetwork])
      expect(await sentTo(loopback)).toEqual([inNetwork])
      const neighbour = ['run', '--rm', '--network', network, image]
      await docker(...neighbour, 'topic', 'create', 'greetings', '-b', 'kafka:9092')
      expect(await container.exec('kafka-topics', '--list')).toBe('greetings\n')
    } finally {
      await docker('network', 'rm', network)
    }
  })

  it.each(['a mapped port', 'a proxy'])(
    'tells clients of %s the address that it is given, also while it runs',
    async way => {
      await using container = await start()
      const proxy = await proxyTo(container.port)
      try {
        const { port } = way === 'a proxy' ? (proxy.address() as AddressInfo) : container
        const advertised = `advertised.listeners=[PLAINTEXT://localhost:${port}]`
        const alter = ['--alter', '--entity-type', 'brokers', '--entity-name', '0']
        await container.exec('kafka-configs', ...alter, '--add-config', advertised)
        expect(await sentTo(`localhost:${port}`)).toEqual([`localhost:${port}`])
      } finally {
        proxy.close()
      }
    },
  )

  it('tells clients the address that its variables give', async () => {
    await using container = await start([
      '-e',
      'KAFKA_LISTENERS=PLAINTEXT://:9092,OUTSIDE://:19092',
      '-e',
      'KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT',
      '-e',
      'KAFKA_ADVERTISED_LISTENERS=OUTSIDE://broker.example.com:1234',
    ])
    const { address } = container
    expect(await sentTo(`${address}:19092`)).toEqual(['broker.example.com:1234'])
    expect(await sentTo(`${address}:9092`)).toEqual([`${address}:9092`])
  })

  it('has created the topics that a variable asks for when it is ready', async () => {
    const topics = 'KAFKA_CREATE_TOPICS=orders:3:1,prices:1:1:compact'
    await using container = await start(['-e', topics])
    expect(await container.exec('kafka-topics.sh', '--list')).toBe('orders\nprices\n')
    const configs = ['--describe', '--entity-type', 'topics', '--entity-name', 'prices']
    expect(await container.exec('kafka-configs', ...configs)).toMatch(/cleanup\.policy +compact/)
  })

  it('names variables that mean nothing in one line', async () => {
    await using container = await start(['-e', 'KAFKA_BROKERS=a:1', '-e', 'KAFKA_HEAP_OPTS=-Xmx1G'])
    const warnings = (await container.logs()).split('\n').filter(line => line.includes('KAFKA_'))
    expect(warnings).toHaveLength(1)
    expect(JSON.parse(warnings[0]!)).toMatchObject({ level: 'warn', names: 'KAFKA_BROKERS' })
  })

  it('answers Kafka’s command line tools', async () => {
    await using container = await start()
    const server = ['--bootstrap-server', 'localhost:9092']
    await container.exec('kafka-topics', ...server, '--create', '--topic', 'a', '--partitions', '2')
    await container.exec(
      'sh',
      '-c',
      `echo hello | kafka-console-producer.sh ${server.join(' ')} --topic a`,
    )
    const consumer = ['--topic', 'a', '--from-beginning', '--max-messages', '1']
    expect(await container.exec('kafka-console-consumer', ...server, ...consumer)).toBe('hello\n')
    expect(await container.exec('kafka-consumer-groups', ...server, '--list')).toBe('')
    await container.exec('kafka-broker-api-versions.sh', ...server)
    await expect(container.exec('kafka-topics', '--list', '--no-such-flag')).rejects.toThrow(
      'kafka-topics: --no-such-flag is not supported here',
    )
  })
})
