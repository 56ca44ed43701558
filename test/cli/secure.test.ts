/** `--secure`, as the README shows it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import kafkajs, { type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, start, type Running } from './process.ts'

const password = 'pencil, = and ö'

// Keys are made of chance: it takes their time.
describe('--secure', { timeout: 30_000 }, () => {
  let folder: string
  let server: Running

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-secure-'))
    expect((await run(['certs'], folder)).stderr).toBe('')
    expect((await run(['user', 'add', 'admin'], folder, password)).code).toBe(0)
    expect((await run(['user', 'add', 'alice'], folder, password)).code).toBe(0)
    server = await start(['--secure', 'certs', '--data-dir', './odradek-data'], folder)
  }, 30_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function clientOf(username: string, secret = password): Promise<Kafka> {
    return new kafkajs.Kafka({
      brokers: [`127.0.0.1:${server.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      ssl: { ca: await readFile(path.join(folder, 'certs/ca.pem')) },
      sasl: { mechanism: 'scram-sha-512', username, password: secret },
      retry: { retries: 0 },
    })
  }

  async function send(client: Kafka): Promise<void> {
    const producer = client.producer()
    try {
      await producer.connect()
      await producer.send({ topic: 'orders', messages: [{ value: 'one' }] })
    } finally {
      await producer.disconnect()
    }
  }

  it('lets in who shows a password over TLS, and admin give rights', async () => {
    await expect(send(await clientOf('alice'))).rejects.toThrow('Not authorized')
    const admin = (await clientOf('admin')).admin()
    await admin.connect()
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } =
      kafkajs
    await admin.createAcls({
      acl: [AclOperationTypes.WRITE, AclOperationTypes.CREATE].map(operation => ({
        resourceType: AclResourceTypes.TOPIC,
        resourceName: 'orders',
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: 'User:alice',
        host: '*',
        operation,
        permissionType: AclPermissionTypes.ALLOW,
      })),
    })
    await admin.disconnect()
    await send(await clientOf('alice'))
  })

  it('keeps out who does not', async () => {
    await expect(send(await clientOf('admin', 'wrong'))).rejects.toThrow('SASL SCRAM SHA512')
  })

  it('says where certificates come from', async () => {
    const { code, stderr } = await run(['--secure', 'nowhere', '--durability', 'memory'], folder)
    expect(code).toBe(2)
    expect(stderr).toContain('--secure nowhere')
    expect(stderr).toContain('odradek certs nowhere')
  })
})
