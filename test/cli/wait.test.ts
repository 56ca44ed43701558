import { createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

describe('odradek wait', () => {
  let broker: StartedBroker
  let silent: Server
  const cli = (...args: string[]) => odradek(...args, '-b', broker.bootstrapServers)

  beforeAll(async () => {
    broker = await startBroker()
    await cli('topic', 'create', 'orders')
    silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
  })
  afterAll(async () => {
    await broker.close()
    silent.close()
  })

  it.each([
    [['ready'], 'ready'],
    [['topic', 'orders'], 'topic orders'],
    [['records', 'orders', '0'], '0 records in topic orders'],
  ])('%j ends at once where it is so', async (args, waitedFor) => {
    const { stdout } = await cli('wait', ...args, '--json')
    expect(JSON.parse(stdout.join())).toMatchObject({ waitedFor })
  })

  it.each([
    [['topic', 'later'], 'not topic later: topic later: there is no such topic'],
    [['records', 'orders', '3'], 'not 3 records in topic orders: there are 0'],
    [['group', 'nobody', '--stable'], 'not group nobody stable: group nobody: there is no such'],
  ])('%j says why not when the time is over, with exit code 4', async (args, message) => {
    await expect(cli('wait', ...args, '--timeout', '20ms')).rejects.toMatchObject({
      message: expect.stringContaining(`timed out after 20 ms: ${message}`),
      exitCode: 4,
    })
  })

  it('goes on when what it waits for comes', async () => {
    const waiting = cli('wait', 'topic', 'coming')
    await cli('topic', 'create', 'coming')
    expect((await waiting).stderr).toEqual([expect.stringMatching(/^topic coming after \d+ ms$/)])
  })

  it('waits for a group to be no further behind', async () => {
    await cli('produce', 'orders', 'hello')
    await cli('group', 'seek', 'billing', '--topic', 'orders', '--to', 'start')
    const lag = (number: string) =>
      cli('wait', 'group', 'billing', '--lag', number, '--timeout', '20ms')
    await expect(lag('0')).rejects.toThrow(
      'not group billing no more than 0 behind: it is 1 record',
    )
    await lag('1')
    const both = cli('wait', 'group', 'billing', '--stable', '--lag', '1', '--timeout', '20ms')
    await expect(both).rejects.toThrow('stable and no more than 1 behind: it is Empty')
  })

  it.each(['nobody', 'silence'])('takes %s for not yet', async where => {
    const { port } = silent.address() as { port: number }
    const address = where === 'silence' ? `127.0.0.1:${port}` : '127.0.0.1:1'
    const waiting = odradek('wait', 'ready', '-b', address, '--timeout', '50ms')
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('timed out after 50 ms: not ready:'),
      exitCode: 4,
    })
  })

  it.each([
    [['group', 'billing'], 'say what to wait for: --stable, --lag number, or both'],
    [['records', 'orders', 'many'], 'many: not a number of records'],
    [['ready', '--timeout', 'soon'], "It is not a time like '500ms', '30s' or '2m'."],
  ])('%j is refused', async (args, message) => {
    await expect(cli('wait', ...args)).rejects.toThrow(message)
  })
})
