/** Limits of connections, over real sockets and in virtual time; rule 111. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import type { RawClient } from '../raw-client.ts'
import { alterQuotas, entry } from '../handlers/quotas.ts'
import { latest } from '../handlers/wire.ts'
import { startThrottled, type ThrottledBroker } from './throttled-broker.ts'

const ask = async (client: RawClient): Promise<number> =>
  (await client.request(apiVersions, 0, {})).errorCode

/** A socket, and whether it is closed. */
async function dial({
  bootstrapServers,
}: ThrottledBroker): Promise<{ socket: Socket; closed: boolean }> {
  const [host, port] = bootstrapServers.split(':')
  const socket = connect(Number(port), host)
  onTestFinished(() => void socket.destroy())
  const state = { socket, closed: false }
  socket
    .on('error', () => {})
    .on('close', () => (state.closed = true))
    .resume()
  await once(socket, 'connect')
  return state
}

const closed = ({ socket }: { socket: Socket }): Promise<unknown> =>
  socket.closed ? Promise.resolve() : new Promise(resolve => socket.once('close', resolve))

it.each([
  ['in all', 'max.connections'],
  ['of a listener', 'listener.name.plaintext.max.connections'],
  ['of an address', 'max.connections.per.ip'],
])('closes those that are too many %s, and serves those who are there', async (_what, name) => {
  const broker = await startThrottled({ [name]: 2 })
  const clients = [await broker.connect('one'), await broker.connect('two')]
  for (const client of clients) await ask(client)
  for (let i = 0; i < 20; i++) await closed(await dial(broker))
  for (const client of clients) expect(await ask(client)).toBe(0)
  await clients[0]![Symbol.asyncDispose]()
  // There is room again when the broker has noticed.
  await expect.poll(async () => ask(await broker.connect('three')).catch(() => 'closed')).toBe(0)
})

it('takes limits from the API at once', async () => {
  const broker = await startThrottled()
  const client = await broker.connect('admin')
  await broker.connect('other').then(ask)
  const { responses } = await client.request(
    incrementalAlterConfigs,
    latest(incrementalAlterConfigs),
    {
      resources: [
        {
          resourceType: 4,
          resourceName: '',
          configs: [{ name: 'max.connections', configOperation: 0, value: '2' }],
        },
      ],
      validateOnly: false,
    },
  )
  expect(responses[0]!.errorCode).toBe(0)
  await closed(await dial(broker))
  expect(await ask(client)).toBe(0)
})

it('lets no more in each second than max.connection.creation.rate', async () => {
  const broker = await startThrottled({ 'max.connection.creation.rate': 1 })
  for (let i = 0; i < 10; i++) await ask(await broker.connect(`${i}`))
  const late = ask(await broker.connect('late'))
  let isAnswered = false
  void late.then(() => (isAnswered = true))
  const first = await dial(broker)
  broker.clock.advance(999)
  await new Promise(resolve => setImmediate(resolve))
  expect([isAnswered, first.closed]).toEqual([false, false])
  broker.clock.advance(1)
  expect(await late).toBe(0)
})

it('closes later what an address has too many of, by its quota, and answers nothing', async () => {
  const broker = await startThrottled()
  const client = await broker.connect('admin')
  const set = entry(['ip', '127.0.0.1'], ['connection_creation_rate', 1])
  expect(await alterQuotas(client, [set])).toEqual(['NONE'])
  for (let i = 0; i < 10; i++) await ask(await broker.connect(`${i}`))
  const refused = await dial(broker)
  refused.socket.write(Buffer.alloc(100))
  expect(await ask(client)).toBe(0)
  expect(refused.closed).toBe(false)
  broker.clock.advance(1000)
  await closed(refused)
  expect(await ask(client)).toBe(0)
  await alterQuotas(client, [entry(['ip', '127.0.0.1'], ['connection_creation_rate', null])])
  expect(await ask(await broker.connect('again'))).toBe(0)
})
