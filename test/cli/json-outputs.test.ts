/** What every command prints with --json is what its published schema says. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listedCommands } from '../../scripts/cli-docs.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'
import { run, start } from './process.ts'

const authorizer = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

describe('every command', { timeout: 60_000 }, () => {
  let broker: StartedBroker
  let folder: string
  /** Of a broker that is stopped. */
  let data: string
  let lines: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-json-'))
    data = path.join(folder, 'data')
    const stopped = await start(['--data-dir', data])
    await run(['produce', 'orders', 'hello', '-b', `127.0.0.1:${stopped.port}`])
    stopped.kill('SIGTERM')
    await stopped.ended
    const config = { 'authorizer.class.name': authorizer, 'super.users': 'User:ANONYMOUS' }
    broker = await startBroker({ config })
    lines = path.join(folder, 'lines.jsonl')
    await writeFile(lines, '{"topic":"imported","value":"hello"}\n')
    vi.stubEnv('ODRADEK_PASSWORD', 'pencil')
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await broker.close()
    await rm(folder, { recursive: true })
  })

  /** In this order: what one makes, the next one shows. */
  const calls: [command: string, ...args: string[]][] = [
    ['topic create', 'orders', 'users', '-p', '2'],
    ['topic set', 'orders', 'retention.ms=3600000'],
    ['produce', 'orders', 'hello', '-k', 'a'],
    ['topic list'],
    ['topic describe', 'orders'],
    ['consume', 'orders', '--exit', '--group', 'billing'],
    ['tail', 'orders', '--last', '1', '-n', '1'],
    ['export', 'orders'],
    ['import', 'LINES'],
    ['group list'],
    ['group describe', 'billing'],
    ['group why', 'billing'],
    ['group seek', 'billing', '--to', 'start'],
    ['group kick', 'billing', '--all'],
    ['wait ready'],
    ['wait topic', 'orders'],
    ['wait records', 'orders', '1'],
    ['wait group', 'billing', '--lag', '1'],
    ['group delete', 'billing'],
    ['status'],
    ['bench', '--records', '10', '--round-trips', '1'],
    ['api-versions'],
    ['config broker'],
    ['config topic', 'orders'],
    ['config group', 'billing'],
    ['config client-metrics', 'all'],
    ['config logger'],
    ['config set', 'topic', 'orders', '--unset', 'retention.ms'],
    ['acl add', 'User:alice', 'read', 'topic', 'orders'],
    ['acl list'],
    ['acl remove', 'User:alice'],
    ['quota set', '--user', 'alice', 'producer_byte_rate=1'],
    ['quota list'],
    ['quota remove', '--user', 'alice'],
    ['fault add', 'init-producer-id', '--delay', '1ms', '--optional'],
    ['fault list'],
    ['fault clear'],
    ['chaos rolling-restart', '--every', '1h'],
    ['chaos coordinator-move', '--every', '1h'],
    ['chaos zombie-producer-fenced', '--every', '1h'],
    ['chaos commit-reply-lost', '--every', '1h'],
    ['chaos slow-disk', '--every', '1h', '--for', '1ms'],
    ['chaos disk-full', '--every', '1h', '--for', '1ms'],
    ['chaos leader-flapping', '--every', '1h'],
    ['chaos list'],
    ['chaos stop'],
    ['snapshot save', 'SNAPSHOT'],
    ['snapshot load', 'SNAPSHOT'],
    ['clock show'],
    ['clock freeze'],
    ['clock advance', '1ms'],
    ['clock resume'],
    ['topic clear', 'orders'],
    ['topic delete', 'users'],
    ['reset'],
    ['completion', 'bash'],
    ['certs', 'CERTS'],
    ['log verify', 'DATA'],
    ['log dump', 'PARTITION'],
    ['log repair', 'DATA'],
    ['log import', 'KAFKA', '--data-dir', 'IMPORTED'],
    ['user add', 'alice', '--iterations', '4096', '--data-dir', 'DATA'],
    ['user list', '--data-dir', 'DATA'],
    ['user remove', 'alice', '--data-dir', 'DATA'],
  ]
  /** Shown by tests of their own, which validate what is printed as well. */
  const elsewhere = ['txn list', 'txn describe', 'txn abort', 'stop']

  it('is called here, or in a test of its own', async () => {
    const listed = (await listedCommands()).map(({ path: name }) => name)
    const shown = [...new Set([...calls.map(([name]) => name), ...elsewhere])]
    expect(shown.toSorted()).toEqual(listed.toSorted())
  })

  it.each(calls)('%s %s', async (name, ...args) => {
    const partition = (await readdir(path.join(data, 'topics'))).find(each => /-0\./.test(each))!
    const kafka = path.join(folder, 'kafka')
    await mkdir(kafka, { recursive: true })
    await cp(path.join(data, 'topics', partition), path.join(kafka, 'orders-0'), {
      recursive: true,
    })
    const places: Record<string, string> = {
      DATA: data,
      PARTITION: path.join(data, 'topics', partition),
      KAFKA: kafka,
      IMPORTED: path.join(folder, 'imported'),
      SNAPSHOT: path.join(folder, 'snapshot'),
      CERTS: path.join(folder, 'certs'),
      LINES: lines,
    }
    const isLocal = /^(certs|log|user|completion)\b/.test(name)
    const where = isLocal ? [] : ['-b', broker.bootstrapServers]
    const argv = [...name.split(' '), ...args.map(arg => places[arg] ?? arg), ...where, '--json']
    // It throws where a line is not what the schema says.
    const { stdout } = await odradek(...argv)
    expect(stdout.length).toBeGreaterThan(0)
  })
})
