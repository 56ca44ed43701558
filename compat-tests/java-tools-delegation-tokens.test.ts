/**
 * Kafka's kafka-delegation-tokens, and clients that authenticate with what it makes. With
 * KAFKA_SASL set, against that listener, whose users of PLAIN are alice and bob: so these
 * expectations were checked against Apache Kafka 4.3.1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from './server.ts'
import { skipped, Tools } from './tools/tools.ts'

const external = process.env['KAFKA_SASL']
const modules = 'org.apache.kafka.common.security'
const plainModule = `${modules}.plain.PlainLoginModule`
const scramModule = `${modules}.scram.ScramLoginModule`
const users = 'user_alice="alice-secret" user_bob="bob-secret"'
const serverConfigs = {
  listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${plainModule} required ${users};`,
  'delegation.token.secret.key': 'secret-of-tokens',
}

describe.skipIf(skipped)(`kafka-delegation-tokens${skipped}`, () => {
  const opened = new AsyncDisposableStack()
  let tools: Tools
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-tokens-'))
    opened.defer(() => rm(folder, { recursive: true }))
    const settings = Object.entries(serverConfigs).flatMap(([name, value]) => {
      return ['--set', `${name}=${value}`]
    })
    const server = external ?? opened.use(await startServer(...settings)).bootstrapServers
    tools = opened.use(await Tools.start(server))
  })
  afterAll(() => opened.disposeAsync())

  /** A file with what a client needs to be somebody. */
  async function login(mechanism: string, loginModule: string, options: string): Promise<string> {
    const file = path.join(folder, `${mechanism}-${options.length}`)
    const configs = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': `${loginModule} required ${options};`,
    }
    const lines = Object.entries(configs).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(file, lines.join(''))
    return file
  }

  const userFile = (user: string): Promise<string> =>
    login('PLAIN', plainModule, `username="${user}" password="${user}-secret"`)

  async function tokens(user: string, command: string): Promise<string> {
    return tools.run(`kafka-delegation-tokens ${command} --command-config ${await userFile(user)}`)
  }

  interface Token {
    id: string
    hmac: string
  }

  async function create(user: string, ...more: string[]): Promise<Token> {
    const command = ['--create', '--max-life-time-period', '-1', ...more].join(' ')
    const [, id, hmac] = /^([\w-]{22})\s+(\S{88}) /m.exec(await tokens(user, command)) ?? []
    return { id: id!, hmac: hmac! }
  }

  const tokenFile = ({ id, hmac }: Token, mechanism: string): Promise<string> =>
    login(mechanism, scramModule, `username="${id}" password="${hmac}" tokenauth="true"`)

  /** Apache Kafka tells of a token when its brokers have heard of it. */
  function toldOf(user: string, owner: string) {
    const command = `--describe --owner-principal User:${owner}`
    return expect.poll(() => tokens(user, command), { timeout: 10_000 })
  }

  it('creates, describes, renews and expires', async () => {
    const { id, hmac } = await create('alice', '--renewer-principal', 'User:bob')
    await toldOf('bob', 'alice').toMatch(
      new RegExp(
        `^${id}\\s+${hmac.replaceAll('+', '\\+')}\\s+User:alice\\s+User:alice.*User:bob`,
        'm',
      ),
    )
    const renewed = await tokens('bob', `--renew --renew-time-period 3600000 --hmac ${hmac}`)
    expect(renewed).toContain('Completed renew operation. New expiry date :')
    const expired = await tokens('alice', `--expire --expiry-time-period -1 --hmac ${hmac}`)
    expect(expired).toContain('Completed expire operation. New expiry date :')
    await toldOf('alice', 'alice').not.toContain(id)
    await expect(
      tokens('alice', `--expire --expiry-time-period -1 --hmac ${hmac}`),
    ).rejects.toThrow('DelegationTokenNotFoundException')
  })

  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'])('makes what a client lives on by %s', async how => {
    const token = await create('alice')
    await toldOf('alice', 'alice').toContain(token.id)
    const client = await tokenFile(token, how)
    const topic = `tokens-${how.toLowerCase()}-${process.pid}`
    const made = await tools.run(
      `kafka-topics --create --topic ${topic} --command-config ${client}`,
    )
    expect(made).toBe(`Created topic ${topic}.\n`)
    const producer = `kafka-console-producer --topic ${topic} --command-config ${client}`
    expect(await tools.run(producer, 'one\ntwo\n')).toBe('')
    const consumer = `kafka-console-consumer --topic ${topic} --command-config ${client}`
    expect(await tools.run(`${consumer} --from-beginning --max-messages 2`)).toBe('one\ntwo\n')
    // A token makes no other (KIP-48).
    const another = '--create --max-life-time-period -1 --command-config'
    const { out, err } = await tools.end(`kafka-delegation-tokens ${another} ${client}`)
    expect(out + err).toMatch(
      /Delegation Token requests are not allowed|UnsupportedByAuthentication/,
    )
  })

  it('makes nothing of a token that is gone', async () => {
    const token = await create('alice')
    await toldOf('alice', 'alice').toContain(token.id)
    await tokens('alice', `--expire --expiry-time-period -1 --hmac ${token.hmac}`)
    await toldOf('alice', 'alice').not.toContain(token.id)
    const client = await tokenFile(token, 'SCRAM-SHA-256')
    const { exitCode, out, err } = await tools.end(`kafka-topics --list --command-config ${client}`)
    expect(exitCode).toBe(1)
    expect(out + err).toContain('due to invalid credentials with SASL mechanism SCRAM-SHA-256')
  })
})
