/**
 * Kafka's tools over SASL, on a broker that asks for rights: users of SCRAM and quotas by
 * kafka-configs, and what users may. With KAFKA_SECURED set, against that broker, which needs the
 * lines of `securityConfigs`: so these expectations were checked against Apache Kafka 4.3.1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nobody, password, securityConfigs, superUser } from './oracle/users.ts'
import { startServer } from './server.ts'
import { skipped, Tools } from './tools/tools.ts'

const external = process.env['KAFKA_SECURED']
const modules = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
}
const settled = { timeout: 10_000 }
const run = `${process.pid}-${Date.now()}`

describe.skipIf(skipped)(`over SASL${skipped}`, () => {
  const opened = new AsyncDisposableStack()
  let tools: Tools
  let folder: string
  let admin: string
  let files = 0

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-security-'))
    opened.defer(() => rm(folder, { recursive: true }))
    const settings = securityConfigs([], false).flatMap(config => ['--set', config])
    const server = external ?? opened.use(await startServer(...settings)).bootstrapServers
    tools = opened.use(await Tools.start(server))
    admin = await login(superUser)
  })
  afterAll(() => opened.disposeAsync())

  /** A file with what a client needs to be somebody. */
  async function login(
    user: string,
    mechanism: keyof typeof modules = 'PLAIN',
    itsPassword = password,
  ): Promise<string> {
    const file = path.join(folder, String(files++))
    const options = `username="${user}" password="${itsPassword}"`
    const configs = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': `${modules[mechanism]} required ${options};`,
    }
    const lines = Object.entries(configs).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(file, lines.join(''))
    return file
  }

  const by = (client: string, command: string, input?: string): Promise<string> =>
    tools.run(`${command} --command-config ${client}`, input)
  const byAdmin = (command: string): Promise<string> => by(admin, command)

  async function refuses(client: string, command: string, text: string, input?: string) {
    const { out, err } = await tools.end(`${command} --command-config ${client}`, input)
    expect(out + err).toContain(text)
  }

  it('kafka-configs adds users of SCRAM, who come in until they are deleted', async () => {
    const user = `user-${run}`
    const topic = `topic-${run}`
    const users = `--entity-type users --entity-name ${user}`
    const describes = () => byAdmin(`kafka-configs --describe ${users}`)
    await byAdmin(
      `kafka-configs --alter ${users} --add-config SCRAM-SHA-256=[iterations=8192,password=first]`,
    )
    await expect
      .poll(describes, settled)
      .toBe(
        `SCRAM credential configs for user-principal '${user}' are SCRAM-SHA-256=iterations=8192\n`,
      )
    const rights = `--add --allow-principal User:${user} --operation All`
    await byAdmin(`kafka-acls ${rights} --topic ${topic} --group ${topic}`)
    const client = await login(user, 'SCRAM-SHA-256', 'first')
    await by(client, `kafka-topics --create --topic ${topic}`)
    expect(await by(client, `kafka-console-producer --topic ${topic}`, 'one\ntwo\n')).toBe('')
    const consumer = `kafka-console-consumer --topic ${topic} --group ${topic} --from-beginning`
    expect(await by(client, `${consumer} --max-messages 2`)).toBe('one\ntwo\n')
    expect(await by(client, 'kafka-topics --list')).toBe(`${topic}\n`)

    const wrong = await login(user, 'SCRAM-SHA-256', 'wrong')
    await refuses(wrong, 'kafka-topics --list', 'invalid credentials with SASL mechanism')
    await byAdmin(`kafka-configs --alter ${users} --delete-config SCRAM-SHA-256`)
    await expect.poll(describes, settled).toBe('')
    await refuses(client, 'kafka-topics --list', 'invalid credentials with SASL mechanism')
  })

  it.each([
    ['a user', `--entity-type users --entity-name u-${run}`, 'consumer_byte_rate'],
    ['all users', '--entity-type users --entity-default', 'request_percentage'],
    ['a client', `--entity-type clients --entity-name c-${run}`, 'producer_byte_rate'],
    ['all clients', '--entity-type clients --entity-default', 'controller_mutation_rate'],
    [
      'a client of a user',
      `--entity-type users --entity-name u-${run} --entity-type clients --entity-name c-${run}`,
      'producer_byte_rate',
    ],
    ['an address', '--entity-type ips --entity-name 192.0.2.7', 'connection_creation_rate'],
    ['all addresses', '--entity-type ips --entity-default', 'connection_creation_rate'],
  ])('kafka-configs sets and unsets a quota of %s', async (_who, entity, quota) => {
    const describes = () => byAdmin(`kafka-configs --describe ${entity}`)
    expect(await byAdmin(`kafka-configs --alter ${entity} --add-config ${quota}=4321`)).toMatch(
      /^Completed updating (?:default )?config for /,
    )
    await expect.poll(describes, settled).toContain(`are ${quota}=4321.0\n`)
    await byAdmin(`kafka-configs --alter ${entity} --delete-config ${quota}`)
    await expect.poll(describes, settled).not.toContain(quota)
  })

  it('tools say what a user may not', async () => {
    const client = await login(nobody)
    const topic = `hidden-${run}`
    await byAdmin(`kafka-topics --create --topic ${topic}`)
    const users = `--entity-type users --entity-name ${nobody}`
    const quota = `kafka-configs --alter ${users} --add-config producer_byte_rate=1`
    await refuses(client, quota, 'ClusterAuthorizationException')
    const scram = `kafka-configs --alter ${users} --add-config SCRAM-SHA-256=[password=x]`
    await refuses(client, scram, 'ClusterAuthorizationException')
    await refuses(client, 'kafka-acls --list', 'ClusterAuthorizationException')
    await refuses(client, `kafka-topics --create --topic mine-${run}`, 'Authorization failed')
    expect((await by(client, 'kafka-topics --list')).trim()).toBe('')
    // What the clients of these tell goes to a log.
    const producer = `kafka-console-producer --topic ${topic} --command-config ${client}`
    await tools.end(producer, 'one\n')
    expect(await byAdmin(`kafka-get-offsets --topic ${topic}`)).toBe(`${topic}:0:0\n`)
    await byAdmin(
      `kafka-acls --add --allow-principal User:${nobody} --operation Write --topic ${topic}`,
    )
    await expect
      .poll(async () => {
        await tools.end(producer, 'two\n')
        return byAdmin(`kafka-get-offsets --topic ${topic}`)
      }, settled)
      .not.toBe(`${topic}:0:0\n`)
    const consumer = `kafka-console-consumer --topic ${topic} --from-beginning --timeout-ms 2000`
    expect(await by(client, consumer)).toBe('')
    expect(await by(admin, `${consumer} --max-messages 1`)).toBe('two\n')
  })
})
