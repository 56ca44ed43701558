/**
 * Clients that send while their sessions end, every second and a half (KIP-368): they authenticate
 * themselves again in between, no record is refused, and the broker cuts nobody off. But when their
 * password has changed meanwhile, they are refused.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchJars, freePort } from './kafka/kafka.ts'
import {
  goProgram,
  javaProgram,
  librdkafkaProgram,
  nodeProgram,
  type Toolchain,
} from './programs.ts'
import { startServer, type Server } from './server.ts'
import { runTool } from './tool.ts'
import { Tools } from './tools/tools.ts'

const folder = path.join(import.meta.dirname, 'reauthentication')
const clients: readonly [name: string, toolchain: Toolchain][] = [
  ['Java', javaProgram(path.join(folder, 'Steady.java'), fetchJars)],
  ['librdkafka', librdkafkaProgram(path.join(folder, 'steady.py'))],
  ['franz-go', goProgram('steady')],
  ['kafkajs', nodeProgram(path.join(folder, 'kafkajs.ts'))],
]
const seconds = 5
const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const configs = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'sasl.jaas.config': `${plainModule} required user_alice="alice-secret";`,
  'connections.max.reauth.ms': '1500',
}

let server: Server
/** Where nobody is asked who he is. */
let adminPort: number
beforeAll(async () => {
  const settings = Object.entries(configs).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const jaas = 'listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config'
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;'
  const unsecured = 'sasl.oauthbearer.unsecured.enable=true'
  adminPort = await freePort()
  const ports = [await freePort(), adminPort]
  const [own, admin] = ['SASL_PLAINTEXT', 'PLAINTEXT'].map(
    (name, i) => `${name}://127.0.0.1:${ports[i]}`,
  )
  const listeners = `listeners=${own},${admin}`
  settings.push('--set', listeners, '--set', `${jaas}=${module}`, '--set', unsecured)
  server = await startServer(...settings)
  await server.stop()
  const main = path.join(import.meta.dirname, '../bin/odradek.js')
  const add = [main, 'user', 'add', 'alice', '--data-dir', server.dataDir]
  const { status, stderr } = spawnSync(process.execPath, add, { input: 'alice-secret\n' })
  if (status !== 0) throw new Error(String(stderr))
  await server.restart()
})
afterAll(() => server[Symbol.asyncDispose]())

describe.each(clients)('%s', (client, { skipped, prepare }) => {
  it.skipIf(skipped)(
    `goes on through the ends of its sessions${skipped}`,
    async () => {
      const { program, args } = await prepare()
      const before = server.log.length
      const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'OAUTHBEARER']
      const sent = await Promise.all(
        mechanisms.map(mechanism => {
          const topic = `${client}-${mechanism}`
          const more = [server.bootstrapServers, topic, String(seconds), mechanism]
          return runTool(program, [...args, ...more])
        }),
      )
      for (const acknowledged of sent) expect(acknowledged).toMatch(/^\d{3,}\n$/)
      const problems = server.log.slice(before).filter(line => /expired|failed/.test(line))
      expect(problems).toEqual([])
    },
    120_000,
  )
})

const missing = clients.map(([, { skipped }]) => skipped).find(Boolean) ?? ''

describe.skipIf(missing)(`a password that is changed${missing}`, () => {
  it('keeps clients out that were in, when their sessions end', async () => {
    await using tools = await Tools.start(`127.0.0.1:${adminPort}`)
    const mechanism = 'SCRAM-SHA-512'
    const topics = clients.map(([client]) => `changed-${client}`)
    const running = clients.map(async ([, { prepare }], i) => {
      const { program, args } = await prepare()
      return runTool(program, [...args, server.bootstrapServers, topics[i]!, '60', mechanism])
    })
    await expect.poll(() => recordsIn(tools, topics), { timeout: 60_000 }).not.toContain(0)
    const change = `--add-config ${mechanism}=[iterations=4096,password=another-secret]`
    await tools.run(`kafka-configs --alter --entity-type users --entity-name alice ${change}`)
    for (const said of await Promise.all(running)) {
      expect(said).toMatch(/authentication failed|SASL_AUTHENTICATION_FAILED/i)
    }
  }, 120_000)
})

/** Of each topic, which has one partition. */
async function recordsIn(tools: Tools, topics: readonly string[]): Promise<number[]> {
  const told = await tools.run(`kafka-get-offsets --topic changed-.*`)
  return topics.map(topic => Number(new RegExp(`^${topic}:0:(\\d+)$`, 'm').exec(told)?.[1] ?? 0))
}
