import Database from 'better-sqlite3'
import { once } from 'node:events'
import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { version } from '../../src/version.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchRequest, produceTo } from '../handlers/requests.ts'
import { RawClient, requestFrame } from '../raw-client.ts'
import { run, start } from './process.ts'

const isWindows = process.platform === 'win32'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-cli-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

describe('odradek', () => {
  it('listens, keeps data in ./odradek-data, and says so in one line of JSON', async () => {
    await using server = await start([], directory)
    expect(server.lines).toHaveLength(1)
    expect(server.ready).toMatchObject({
      level: 'info',
      version,
      addresses: [`127.0.0.1:${server.port}`],
      durability: 'disk',
      dataDirectory: './odradek-data',
    })
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
    const data = path.join(directory, 'odradek-data')
    expect((await readdir(data)).toSorted()).toEqual(
      expect.arrayContaining(['meta.json', 'metadata.sqlite', 'odradek.pid', 'topics']),
    )
    // What is stored is nobody else's business.
    if (!isWindows) {
      expect((await stat(data)).mode & 0o777).toBe(0o700)
      expect((await stat(path.join(data, 'metadata.sqlite'))).mode & 0o777).toBe(0o600)
    }
  })

  it('leaves stdout to data', async () => {
    const server = await start([], directory)
    server.kill('SIGTERM')
    expect((await server.ended).stdout).toBe('')
  })

  it('writes nothing with --durability memory', async () => {
    const server = await start(['--durability', 'memory'], directory)
    expect(server.ready['dataDirectory']).toBeUndefined()
    server.kill('SIGTERM')
    await server.ended
    expect(await readdir(directory)).toEqual([])
  })
})

describe('signals', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} ends it within a second, with exit code 0 and nothing left to do`, async () => {
      const server = await start([], directory)
      const idle = connect(server.port, '127.0.0.1')
      await once(idle, 'connect')
      const startMs = performance.now()
      server.kill(signal)
      const { code } = await server.ended
      expect(code).toBe(0)
      expect(performance.now() - startMs).toBeLessThan(1000)
      idle.destroy()
      const left = await readdir(path.join(directory, 'odradek-data'))
      expect(left.toSorted()).toEqual(['meta.json', 'metadata.sqlite', 'topics'])
    })
  }

  it('SIGTERM ends it with exit code 0 while a client waits in a Fetch', async () => {
    const server = await start(['--durability', 'memory'], directory)
    await using client = await RawClient.connect(`127.0.0.1:${server.port}`)
    const { topics } = await client.request(metadata, 12, { topics: [{ name: 'empty' }] })
    const topic = { name: 'empty', id: topics[0]!.topicId }
    const limits = { maxWaitMs: 30_000, minBytes: 1 }
    const waiting = client.request(fetch, 12, fetchRequest(topic, [{}], limits)).catch(() => {})
    server.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    await waiting
  })

  it.skipIf(isWindows)(
    'a second one ends it at once (skipped on Windows: no SIGSTOP)',
    async () => {
      await using server = await start([], directory)
      const reader = await holdUpClose(server.port)
      // Both are there when the process goes on, so the second comes before the end of the close.
      server.kill('SIGSTOP')
      server.kill('SIGINT')
      server.kill('SIGTERM')
      server.kill('SIGCONT')
      const { code } = await server.ended
      reader.destroy()
      expect([130, 143]).toContain(code)
    },
  )

  it('SIGKILL leaves a directory that the next start takes', async () => {
    const first = await start([], directory)
    first.kill('SIGKILL')
    await first.ended
    await access(path.join(directory, 'odradek-data', 'odradek.pid'))
    await using second = await start([], directory)
    expect(second.port).toBeGreaterThan(0)
  })
})

/** A client that asks for much and reads none of it: a broker that closes waits for it. */
async function holdUpClose(port: number): Promise<Socket> {
  await using client = await RawClient.connect(`127.0.0.1:${port}`)
  const { topics } = await client.request(metadata, 12, { topics: [{ name: 'large' }] })
  const topic = { name: 'large', id: topics[0]!.topicId }
  for (let i = 0; i < 20; i++) await produceTo(client, topic, batchOf(['x'.repeat(1_000_000)]))
  const maxBytes = 50_000_000
  const request = fetchRequest(topic, [{ partitionMaxBytes: maxBytes }], { maxBytes })
  const socket = connect(port, '127.0.0.1')
  socket.write(requestFrame(fetch, 12, request, 1))
  await once(socket, 'readable')
  return socket
}

describe('metadata that cannot be written', () => {
  // What is on disk is no longer known, and SQLite would take the next commit (fsyncgate).
  it('ends it with exit code 1, before anybody is told that it was written', async () => {
    const first = await start([], directory)
    first.kill('SIGTERM')
    await first.ended
    const database = new Database(path.join(directory, 'odradek-data', 'metadata.sqlite'))
    database.exec(`CREATE TRIGGER fail BEFORE INSERT ON rows WHEN new.kind = 'topic'
                   BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END`)
    database.close()

    const server = await start([], directory)
    await using client = await RawClient.connect(`127.0.0.1:${server.port}`)
    const asked = client.request(metadata, 4, {
      topics: [{ name: 'orders' }],
      allowAutoTopicCreation: true,
    })
    await expect(asked).rejects.toThrow('the broker closed the connection')
    expect((await server.ended).code).toBe(1)
    expect(JSON.parse(server.lines.at(-1)!)).toMatchObject({
      level: 'error',
      err: { message: expect.stringContaining('the disk is gone') },
      msg: 'metadata could not be written: stopping',
    })
  })
})

describe('settings', () => {
  it('count in this order: flags, --set, file; ignored ones are named in one line', async () => {
    const file = `# as for Apache Kafka
      log.dirs = from-file
      durability: os
      log.level info
      zookeeper.connect=localhost:2181
      num.io.threads=8
    `
    await writeFile(path.join(directory, 'server.properties'), file)
    await using server = await start(
      ['--config', 'server.properties', '--set', 'log.dirs=from-set', '--data-dir', 'from-flag'],
      directory,
    )
    expect(server.ready).toMatchObject({ durability: 'os', dataDirectory: 'from-flag' })
    expect(server.lines).toHaveLength(2)
    expect(JSON.parse(server.lines[0]!)).toMatchObject({
      level: 'warn',
      configs: 'zookeeper.connect, num.io.threads',
    })
    expect((await readdir(directory)).toSorted()).toEqual(['from-flag', 'server.properties'])
  })

  it('--set counts before the file, the last --set before the others', async () => {
    await writeFile(path.join(directory, 'a.properties'), 'log.dirs=from-file')
    const sets = ['--set', 'log.dirs=one', '--set', 'log.dirs=two']
    await using server = await start(['--config', 'a.properties', ...sets], directory)
    expect(server.ready['dataDirectory']).toBe('two')
  })

  it('may open several listeners', async () => {
    const set = 'listeners=A://127.0.0.1:0,B://localhost:0,CONTROLLER://:9093'
    const map = 'listener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT'
    await writeFile(path.join(directory, 'a.properties'), `${set}\n${map}\n`)
    const { code, stderr } = await run(['--config', 'a.properties', '--port', '1'], directory)
    expect(stderr).toContain('--port: there are several listeners; set listeners instead')
    expect(code).toBe(2)
  })
})

describe('odradek --help and --version', () => {
  it('shows examples first, then every flag', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.indexOf('Examples:')).toBeLessThan(stdout.indexOf('Usage:'))
    for (const flag of ['port', 'host', 'data-dir', 'durability', 'log-level', 'config', 'set']) {
      expect(stdout).toContain(`--${flag} <`)
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('prints the version', async () => {
    const { code, stdout } = await run(['--version'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` })
  })
})
