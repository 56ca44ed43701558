import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { startBroker } from '../../src/index.ts'
import { authenticate, handshaken } from '../auth/sasl/broker.ts'
import { ScramClient } from '../auth/sasl/scram-client.ts'
import { run, start } from './process.ts'
import { odradek } from './recorded.ts'

const password = 'pencil, = and ö'

describe('odradek user', () => {
  let data: string
  beforeEach(async () => {
    data = await mkdtemp(path.join(tmpdir(), 'odradek-user-'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(data, { recursive: true })
  })

  /** Lines that the command prints. */
  const user = async (args: readonly string[], secret?: string): Promise<string[]> => {
    vi.stubEnv('ODRADEK_PASSWORD', secret)
    const { stdout } = await odradek('user', ...args, '--data-dir', data)
    return stdout
  }

  it('lets somebody in before anybody could', async () => {
    const add = (name: string) =>
      run(['user', 'add', name, '--data-dir', data], undefined, `${password}\nmore`)
    const { code, stdout, stderr } = await add('alice')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toBe('added alice: SCRAM-SHA-256\nadded alice: SCRAM-SHA-512\n')
    const stored = await readFile(path.join(data, 'metadata.sqlite'), 'latin1')
    expect(stored).not.toContain('pencil')

    const set = ['listeners=SASL_PLAINTEXT://127.0.0.1:0', 'sasl.enabled.mechanisms=SCRAM-SHA-512']
    const settings = set.flatMap(each => ['--set', each])
    await using server = await start([...settings, '--data-dir', data])
    await using client = await handshaken(`127.0.0.1:${server.port}`, 'SCRAM-SHA-512')
    const scram = new ScramClient({ user: 'alice', password, hash: 'sha512' })
    const { authBytes } = await authenticate(client, scram.first)
    const { errorCode } = await authenticate(client, scram.final(authBytes))
    expect(errorName(errorCode)).toBe('NONE')
    await expect(user(['add', 'bob'], 'x')).rejects.toThrow(`in use by process ${server.pid}`)
    await expect(user(['list'])).rejects.toThrow(`in use by process ${server.pid}`)
  })

  it('has a password for each mechanism', async () => {
    await user(['add', 'alice', '--mechanism', 'SCRAM-SHA-512', '--iterations', '4096'], 'one')
    expect(await user(['list'])).toEqual([
      'USER   MECHANISM      ITERATIONS',
      'alice  SCRAM-SHA-512        4096',
    ])
    await user(['add', '--mechanism', 'scram-sha-256', 'alice'], 'two')
    const two = await user(['list', '--json'])
    expect((JSON.parse(two.join()) as { users: unknown[] }).users).toHaveLength(2)
    await user(['remove', 'alice', '--mechanism', 'SCRAM-SHA-512'])
    const [line, ...more] = await user(['list', '--json'])
    expect(more).toEqual([])
    expect(JSON.parse(line!)).toEqual({
      users: [{ user: 'alice', mechanism: 'SCRAM-SHA-256', iterations: 8192 }],
    })
    await user(['remove', 'alice'])
    expect(await user(['--json'])).toEqual(['{"users":[]}'])
    await expect(user(['remove', 'alice'])).rejects.toThrow(
      'there is no user alice: see odradek user list',
    )
  })

  it.each([
    [['add', 'alice'], '', 'no password: give it on stdin, or in ODRADEK_PASSWORD'],
    [['add', 'älice'], 'x', 'älice: names of users of SCRAM are ASCII, as in Kafka'],
    [['add', 'a', '--mechanism', 'PLAIN'], 'x', '--mechanism PLAIN: not one of SCRAM-SHA-256,'],
    [['add', 'a', '--iterations', '4095'], 'x', '--iterations 4095: not a number from 4096 to'],
    [['add', 'a', '--iterations', '16385'], 'x', '--iterations 16385: not a number from 4096'],
    [['add', 'a', '--password', 'x'], '', "unknown option '--password'"],
    [['list'], '', 'cannot use data directory'],
  ])('%j is refused', async (args, secret, message) => {
    await expect(user(args, secret)).rejects.toThrow(message)
  })

  it('asks a broker that runs, where one is named', async () => {
    await using broker = await startBroker()
    vi.stubEnv('ODRADEK_PASSWORD', password)
    const online = (...args: string[]) => odradek('user', ...args, '-b', broker.bootstrapServers)
    await online('add', 'bob', '--iterations', '4096')
    await online('add', 'alice', '--mechanism', 'SCRAM-SHA-512')
    expect((await online()).stdout).toEqual([
      'USER   MECHANISM      ITERATIONS',
      'alice  SCRAM-SHA-512        8192',
      'bob    SCRAM-SHA-256        4096',
      'bob    SCRAM-SHA-512        4096',
    ])
    expect((await online('remove', 'bob')).stderr).toEqual([
      'removed bob: SCRAM-SHA-256, SCRAM-SHA-512',
    ])
    const { stdout } = await online('list', '--json')
    expect(JSON.parse(stdout.join())).toMatchObject({ users: [{ user: 'alice' }] })
    await expect(online('remove', 'bob')).rejects.toThrow('there is no user bob')
  })
})
