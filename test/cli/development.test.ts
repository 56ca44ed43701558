import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

describe('what only a broker for development does', () => {
  let broker: StartedBroker
  const cli = (...args: string[]) => odradek(...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await cli(...args, '--json')).stdout.join())
  const topics = async (): Promise<string[]> => {
    const { topics: all } = (await json('topic')) as { topics: { topic: string }[] }
    return all.map(({ topic }) => topic)
  }

  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.close())

  it('faults: added, listed, fired, removed', async () => {
    expect((await cli('fault')).stderr).toEqual(["no faults: see 'odradek fault add --help'"])
    const once = ['create-topics', '--error', 'not-controller', '--times', '1']
    const { stderr } = await cli('fault', 'add', ...once)
    expect(stderr).toEqual([expect.stringMatching(/^fault \d+: api=.* error=/)])
    // The client asks again, as clients do.
    await cli('topic', 'create', 'orders')
    const { faults } = (await json('fault')) as { faults: { id: number; hits: object[] }[] }
    expect(faults).toMatchObject([{ hits: [{ api: 'CreateTopics', client: 'odradek' }], left: 0 }])
    const slow = ['fetch', '--delay', '300ms', '--client', 'svc-*', '--times', 'always']
    const chance = ['--optional', '--probability', '0.5', '--seed', '7']
    const second = (await json('fault', 'add', ...slow, ...chance)) as { id: number }
    expect((await cli('fault')).stdout).toEqual([
      expect.stringMatching(/^ID +HITS +LEFT +FAULT$/),
      expect.stringMatching(/^ *\d+ +1 +0 +api=/),
      expect.stringMatching(/^ *\d+ +0 +always +api=/),
    ])
    expect(await json('fault', 'clear', String(second.id))).toEqual({ removed: [second.id] })
    expect(await json('fault', 'clear')).toEqual({ removed: [faults[0]!.id] })
    expect(await json('fault')).toEqual({ faults: [] })
  })

  it.each([
    [['fault', 'add', 'prodce', '--error', 'NOT_CONTROLLER'], /prodce/],
    [['fault', 'add', 'fetch', '--action', 'explode'], /Allowed choices are error, delay/],
    [['fault', 'clear', 'x'], /x: not the number of a fault/],
    [['clock', 'advance', 'soon'], /soon: not a time like/],
    [['snapshot', 'load', 'nowhere'], /cannot read nowhere: there is no such file/],
  ])('%j is refused as wrong usage', async (args, message) => {
    const refused = await cli(...args).catch((error: unknown) => error)
    expect((refused as Error).message).toMatch(message)
  })

  it('snapshots: saved into a file, and loaded', async () => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'odradek-snapshot-'))
    const file = path.join(directory.path, 'before.odradek')
    await cli('topic', 'create', 'kept', '-p', '2')
    const saved = (await json('snapshot', 'save', file)) as { bytes: number }
    expect(saved.bytes).toBeGreaterThan(0)
    expect(await readdir(directory.path)).toEqual(['before.odradek'])
    const before = await topics()
    await cli('topic', 'delete', 'kept')
    await cli('topic', 'create', 'later')
    expect((await cli('snapshot', 'load', file)).stderr).toEqual([
      `loaded ${saved.bytes} bytes of ${file}`,
    ])
    expect(await topics()).toEqual(before)
    expect(await json('snapshot', 'load', file)).toEqual({ file, bytes: saved.bytes })

    await writeFile(file, 'no snapshot')
    await expect(cli('snapshot', 'load', file)).rejects.toMatchObject({ exitCode: 2 })
    expect(await topics()).toEqual(before)
    await expect(cli('snapshot', 'save', path.join(file, 'x'))).rejects.toThrow('cannot write')
  })

  it('reset: nothing is left', async () => {
    await cli('topic', 'create', 'gone')
    expect(await json('reset')).toEqual({ reset: true })
    expect(await topics()).toEqual([])
    expect((await cli('reset')).stderr).toEqual([
      'forgot all topics, groups, transactions and faults',
    ])
  })

  it('chaos: started, listed, stopped', async () => {
    const { stderr } = await cli('chaos', 'slow-disk', '--every', '1h', '--seed', '7')
    expect(stderr).toEqual([
      expect.stringMatching(/^chaos \d+: slow-disk; 'odradek chaos stop \d+'/),
    ])
    const { running } = (await json('chaos')) as { running: object[] }
    expect(running).toMatchObject([{ scenario: 'slow-disk', everyMs: 3_600_000, seed: 7 }])
    expect((await cli('chaos', 'stop')).stderr).toEqual(['stopped slow-disk'])
    expect(await json('chaos', 'leader-flapping', '--every', '1h', '--for', '1ms')).toMatchObject({
      scenario: 'leader-flapping',
    })
    expect((await cli('chaos', 'stop')).stderr).toEqual(['stopped nothing'])
    expect((await cli('chaos')).stdout).toHaveLength(8)
    await expect(cli('chaos', 'stop', '99')).rejects.toThrow('no scenario runs as number 99')
  })

  it('clock: stands still, and goes on', async () => {
    expect((await cli('clock', 'freeze', '2030-01-01T00:00:00Z')).stdout).toEqual([
      '2030-01-01T00:00:00.000Z  frozen',
    ])
    expect(await json('clock')).toEqual({ now: '2030-01-01T00:00:00.000Z', isFrozen: true })
    expect(await json('clock', 'advance', '10ms')).toEqual({
      now: '2030-01-01T00:00:00.010Z',
      isFrozen: true,
    })
    expect(await json('clock', 'resume')).toMatchObject({ isFrozen: false })
  })
})
