import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

describe('odradek quota', () => {
  let broker: StartedBroker
  const quota = (...args: string[]) => odradek('quota', ...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await quota(...args, '--json')).stdout.join())

  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.close())

  it('sets, lists and removes', async () => {
    expect((await quota()).stderr).toEqual(['no quotas'])
    const both = ['producer_byte_rate=1000', 'request_percentage=12.5']
    expect((await quota('set', '--user', 'alice', '--client', 'default', ...both)).stderr).toEqual([
      'set for client-id (default), user alice: producer_byte_rate=1000, request_percentage=12.5',
    ])
    await quota('set', '--ip', '10.0.0.1', 'connection_creation_rate=5')
    expect((await quota()).stdout).toEqual([
      'ENTITY                           QUOTA                     VALUE',
      'client-id (default), user alice  producer_byte_rate         1000',
      'client-id (default), user alice  request_percentage         12.5',
      'ip 10.0.0.1                      connection_creation_rate      5',
    ])
    const alice = ['--user', 'alice', '--client', 'default']
    expect(await json('remove', ...alice, 'request_percentage')).toEqual({
      entity: { 'client-id': null, user: 'alice' },
      values: { request_percentage: null },
    })
    await quota('remove', ...alice)
    expect(await json()).toEqual({
      quotas: [{ entity: { ip: '10.0.0.1' }, values: { connection_creation_rate: 5 } }],
    })
    expect(await json('set', '--user', 'bob', 'producer_byte_rate=1')).toMatchObject({
      entity: { user: 'bob' },
    })
  })

  it.each([
    [['set', 'producer_byte_rate=1'], 'say whose quota: --user, --client or --ip'],
    [['set', '--user', 'a', 'producer_byte_rate=x'], 'producer_byte_rate=x: not a number'],
    [['set', '--user', 'a', 'rate=1'], 'quota of user a: '],
    [['remove', '--user', 'nobody'], "user nobody has no quotas: 'odradek quota' lists them"],
  ])('%j is refused', async (args, message) => {
    await expect(quota(...args)).rejects.toThrow(message)
  })
})
