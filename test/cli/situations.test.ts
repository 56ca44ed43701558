/**
 * What people meet with, and the sentence that they read: it names the cause and the next step. As
 * snapshots, so that whoever changes one sees all of them.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { failureOf } from '../../src/cli/failure.ts'
import { odradek } from './recorded.ts'
import { run, start, type Running } from './process.ts'

const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
const certs = ['--host', 'localhost', '127.0.0.1']
const users = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="right";'

describe('in each situation, one sentence', { timeout: 60_000 }, () => {
  let folder: string
  let broker: StartedBroker
  let locked: StartedBroker
  let secure: StartedBroker
  let owner: Running
  let silent: Server

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-situations-'))
    const inFolder = (name: string): string => path.join(folder, name)
    await writeFile(inFolder('file'), '')
    await writeFile(inFolder('seed.jsonl'), '{"topic":"a"}\n{"topic":"b","partitions":0}\n')
    await writeFile(inFolder('keys.jks'), 'no key store')
    await writeFile(inFolder('large.txt'), 'x'.repeat(1_100_000))
    await mkdir(inFolder('newer'))
    await writeFile(inFolder('newer/meta.json'), '{"formatVersion":9,"createdBy":"9.0.0"}')
    await odradek('certs', inFolder('certs'), ...certs)
    owner = await start(['--data-dir', inFolder('data')])
    silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    broker = await startBroker({ config: { 'auto.create.topics.enable': false } })
    locked = await startBroker({
      config: {
        listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl_plaintext.plain.sasl.jaas.config': users,
        'authorizer.class.name': authorizer,
      },
    })
    secure = await startBroker({
      config: {
        listeners: 'SSL://127.0.0.1:0',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': inFolder('certs/broker.pem'),
      },
    })
    const open = ['-b', broker.bootstrapServers]
    await odradek('topic', 'create', 'orders', ...open)
    await odradek('group', 'seek', 'billing', '--topic', 'orders', '--to', 'start', ...open)
  })
  afterAll(async () => {
    await Promise.all([broker.close(), locked.close(), secure.close()])
    await owner[Symbol.asyncDispose]()
    silent.close()
    await rm(folder, { recursive: true })
  })

  const portOf = (address: string): string => address.split(':').at(-1)!

  /** What differs from run to run is named. */
  function neutral(text: string): string {
    const { port } = silent.address() as { port: number }
    const names: [string, string][] = [
      [folder, 'FOLDER'],
      [String(owner.pid), 'PID'],
      [String(owner.port), 'PORT'],
      [portOf(broker.bootstrapServers), 'PORT'],
      [portOf(locked.bootstrapServers), 'PORT'],
      [portOf(secure.bootstrapServers), 'PORT'],
      [String(port), 'PORT'],
    ]
    return names.reduce((all, [from, to]) => all.replaceAll(from, to), text)
  }

  /** The exit code, and the one line on stderr. */
  async function sentence(...args: string[]): Promise<string> {
    // Commands need no process of their own, starts of brokers do.
    if (!args[0]!.startsWith('-')) {
      const { exitCode, message } = failureOf(await odradek(...args).catch((e: unknown) => e))!
      expect(message).not.toContain('\n')
      return `${exitCode}: odradek: ${neutral(message)}`
    }
    const { code, stdout, stderr } = await run(args, folder)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    return `${code}: ${neutral(stderr.trimEnd())}`
  }

  const each = (flag: string, ...values: string[]): string[] =>
    values.flatMap(value => [flag, value])
  const login = (password: string): string[] =>
    each(
      '-X',
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=PLAIN',
      'sasl.username=alice',
      `sasl.password=${password}`,
    )
  const memory = ['--durability', 'memory', '--port', '0']
  const keyStore = each(
    '--set',
    'listeners=SSL://127.0.0.1:0',
    'ssl.keystore.location=keys.jks',
    'ssl.keystore.password=x',
    'ssl.keystore.type=JKS',
  )

  const situations: [what: string, args: () => string[]][] = [
    ['port in use', () => ['--port', String(owner.port), '--durability', 'memory']],
    ['data directory locked', () => ['--data-dir', 'data', '--port', '0']],
    ['data of a newer version', () => ['--data-dir', 'newer', '--port', '0']],
    ['directory not writable', () => ['--data-dir', 'file/data', '--port', '0']],
    ['bad seed line', () => [...memory, '--seed', 'seed.jsonl']],
    ['key store wrong', () => [...keyStore, '--durability', 'memory']],
    ['unknown config', () => [...memory, '--set', 'num.partitons=3']],
    ['wrong value', () => [...memory, '--set', 'num.partitions=many']],
    ['unknown flag', () => ['--prot', '1']],
    ['unknown command', () => ['topics']],
    ['unknown topic', () => ['produce', 'ordres', 'hello', '-b', broker.bootstrapServers]],
    [
      'more replicas than brokers',
      () => ['topic', 'create', 'a', '-r', '3', '-b', broker.bootstrapServers],
    ],
    ['topic there already', () => ['topic', 'create', 'orders', '-b', broker.bootstrapServers]],
    [
      'unknown topic config',
      () => ['topic', 'set', 'orders', 'retention=1', '-b', broker.bootstrapServers],
    ],
    ['unknown group', () => ['group', 'describe', 'biling', '-b', broker.bootstrapServers]],
    [
      'bad position',
      () => ['group', 'seek', 'billing', '--to', 'middle', '-b', broker.bootstrapServers],
    ],
    ['bad fault', () => ['fault', 'add', 'prodce', '--error', 'X', '-b', broker.bootstrapServers]],
    ['cannot connect', () => ['topic', '-b', 'localhost:1']],
    ['no such host', () => ['topic', '-b', 'nowhere.invalid:9092']],
    [
      'timed out',
      () => ['wait', 'topic', 'later', '--timeout', '50ms', '-b', broker.bootstrapServers],
    ],
    [
      'nobody answers',
      () => [
        'topic',
        '-b',
        address(),
        '-X',
        'request.timeout.ms=50',
        '-X',
        'default.api.timeout.ms=50',
      ],
    ],
    [
      'TLS to plaintext',
      () => ['topic', '-b', broker.bootstrapServers, '-X', 'security.protocol=SSL'],
    ],
    ['plaintext to TLS', () => ['topic', '-b', secure.bootstrapServers]],
    ['SASL needed', () => ['topic', '-b', locked.bootstrapServers]],
    ['wrong password', () => ['topic', '-b', locked.bootstrapServers, ...login('wrong')]],
    [
      'not authorised',
      () => ['topic', 'describe', 'orders', '-b', locked.bootstrapServers, ...login('right')],
    ],
    [
      'remote and destructive',
      () => ['topic', 'delete', 'orders', '-b', 'kafka.invalid:9092,localhost:1'],
    ],
    [
      'a record too large',
      () => [
        'produce',
        'orders',
        '--file',
        path.join(folder, 'large.txt'),
        '-b',
        broker.bootstrapServers,
      ],
    ],
  ]

  const address = (): string => `127.0.0.1:${(silent.address() as { port: number }).port}`

  it.each(situations)('%s', async (_, args) => {
    expect(await sentence(...args())).toMatchSnapshot()
  })
})
