import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { startBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import { odradek } from './recorded.ts'

it('says why a group has rebalanced', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  await client.request(consumerGroupHeartbeat, 1, {
    groupId: 'billing',
    memberId: 'AAAAAAAAAAAAAAAAAAAAAA',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  })
  const why = (...args: string[]) => odradek('group', 'why', ...args, '-b', broker.bootstrapServers)
  const { stdout } = await why('billing')
  expect(stdout.join('\n')).toContain('AAAAAAAAAAAAAAAAAAAAAA')
  const [line] = (await why('billing', '--json')).stdout
  expect(JSON.parse(line!)).toMatchObject({
    group: 'billing',
    type: 'consumer',
    rebalances: [{ clientId: 'test' }],
  })
  await expect(why('nobody')).rejects.toMatchObject({ exitCode: 1 })
})

it('says of a broker that answers no HTTP that it does not', async () => {
  const other = createServer(socket => socket.destroy()).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const why = odradek('group', 'why', 'billing', '-b', `127.0.0.1:${port}`)
  await expect(why).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(
      `127.0.0.1:${port} does not answer HTTP: only Odradek does, if it was started with --dev`,
    ),
  })
  other.close()
})

it('says that nobody is there, and what is no address', async () => {
  const why = (...args: string[]) => odradek('group', 'why', 'billing', ...args)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  other.close()
  await once(other, 'close')
  await expect(why('-b', `127.0.0.1:${port}`)).rejects.toMatchObject({
    exitCode: 3,
    message:
      `cannot connect to 127.0.0.1:${port}: nobody listens there.` +
      " 'odradek --dev' starts a broker",
  })
  await expect(why('--http', 'nowhere')).rejects.toMatchObject({
    exitCode: 2,
    message: 'nowhere: not an address of HTTP, like http://localhost:8080',
  })
})
