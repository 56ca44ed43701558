/**
 * Clients that send while their sessions end, every second and a half (KIP-368): they authenticate
 * themselves again in between, no record is refused, and the broker cuts nobody off.
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
beforeAll(async () => {
  const settings = Object.entries(configs).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const jaas = 'listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config'
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;'
  const unsecured = 'sasl.oauthbearer.unsecured.enable=true'
  const listeners = `listeners=SASL_PLAINTEXT://127.0.0.1:${await freePort()}`
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
