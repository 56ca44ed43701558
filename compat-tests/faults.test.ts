/**
 * A lost request and a lost answer are not the same: after one, the offset is where it was, after
 * the other it has moved, and the client cannot tell. Both happen to clients of three languages,
 * which try again until it is over, and end where they should.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { javaProgram, librdkafkaProgram, nodeProgram, type Toolchain } from './programs.ts'
import { startServer, type Server } from './server.ts'

const folder = path.join(import.meta.dirname, 'faults')
const clients: readonly [name: string, toolchain: Toolchain][] = [
  ['kafkajs', nodeProgram(path.join(folder, 'kafkajs.ts'))],
  ['librdkafka', librdkafkaProgram(path.join(folder, 'commit.py'))],
  ['java', javaProgram(path.join(folder, 'Commit.java'))],
]
const topic = 'orders'

interface Fault {
  id: number
  hits: { api: string; client: string }[]
}

let server: Server
let admin: Admin
beforeAll(async () => {
  server = await startServer('--dev')
  const { Kafka, logLevel } = kafkajs
  const brokers = [server.bootstrapServers]
  const kafka = new Kafka({ clientId: 'watcher', brokers, logLevel: logLevel.NOTHING })
  admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  // kafkajs commits -1 where the offset that it has committed is beyond the end.
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: Array.from({ length: 10 }, () => ({ value: 'x' })) })
  await producer.disconnect()
})
afterAll(async () => {
  await admin.disconnect()
  await server[Symbol.asyncDispose]()
})

async function http(method: string, path: string, body?: object): Promise<Fault> {
  const response = await fetch(`http://${server.bootstrapServers}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return (text === '' ? undefined : JSON.parse(text)) as Fault
}

async function committed(groupId: string): Promise<string> {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return offsets?.partitions[0]?.offset ?? '-1'
}

describe.each(clients)('%s', (name, { skipped, prepare }) => {
  describe.skipIf(skipped)(`commits an offset${skipped}`, () => {
    it.each([
      ['the request is lost', {}, '-1'],
      ['the answer is lost', { after: 'apply' }, '7'],
    ])(
      'where %s',
      async (what, when, offsetMeanwhile) => {
        const { program, args } = await prepare()
        const groupId = `${name}, ${what}`
        const spec = { api: 'OffsetCommit', group: groupId, client: name, action: 'disconnect' }
        const { id } = await http('POST', '/v1/faults', { ...spec, ...when, times: 'always' })
        const more = [server.bootstrapServers, topic, groupId, '7']
        const child = spawn(program, [...args, ...more], { stdio: ['ignore', 'pipe', 'ignore'] })
        const exited = once(child, 'exit')
        try {
          let said = ''
          child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
          const hits = async (): Promise<number> =>
            (await http('GET', `/v1/faults/${id}`)).hits.length
          await expect.poll(hits, { timeout: 60_000 }).toBeGreaterThanOrEqual(2)
          expect(await committed(groupId)).toBe(offsetMeanwhile)
          expect(said).toBe('')
          await http('DELETE', `/v1/faults/${id}`)
          await expect.poll(() => said, { timeout: 60_000 }).toBe('committed\n')
          expect(await committed(groupId)).toBe('7')
        } finally {
          child.kill('SIGKILL')
          await exited
        }
      },
      150_000,
    )
  })
})
