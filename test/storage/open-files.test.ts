import { describe, expect, it } from 'vitest'
import { OpenFiles } from '../../storage/file/open-files.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs, type Faults } from '../doubles/faulty-fs.ts'
import { seededRandom } from '../doubles/random.ts'

/** Files named by a letter each, of which `maxOpen` may be open. */
async function open(names: string, maxOpen: number, fail?: Faults['fail']) {
  const state = { isArmed: false }
  const fs = faultyFs(new DiskDirectory(), {
    random: seededRandom(1),
    fail: (...operation) => (state.isArmed ? fail?.(...operation) : undefined),
  })
  for (const name of names) await (await fs.open(`/${name}`, 'w+')).close()
  state.isArmed = true
  return { files: new OpenFiles(fs, maxOpen), machine: fs.machine }
}

describe('open files', () => {
  it('are never more than the limit: who needs another one waits', async () => {
    const { files, machine } = await open('abcdefgh', 3)
    let used = 0
    const uses = 'abcdefghabcdefgh'.split('').map(name =>
      files.use(`/${name}`, async file => {
        expect(machine.openFiles).toBeLessThanOrEqual(3)
        await file.size()
        used++
      }),
    )
    await Promise.all(uses)
    expect(used).toBe(16)
  })

  it('stay open for the next use, those that were used last', async () => {
    const { files, machine } = await open('abc', 2)
    for (const name of 'aba') await files.use(`/${name}`, file => file.size())
    expect(files.acquireOpen('/b')).toBeDefined()
    files.acquireOpen('/b')!.release()
    expect(files.acquireOpen('/c')).toBeUndefined()
    expect(machine.openFiles).toBe(2)
  })

  it('are not closed under who uses them, nor for who waits', async () => {
    const { files } = await open('ab', 1)
    const lease = await files.acquire('/a')
    const other = files.use('/b', file => file.size())
    expect(await lease.file.size()).toBe(0)
    expect(files.acquireOpen('/b')).toBeUndefined()
    lease.release()
    expect(await other).toBe(0)
  })

  it('make room when the process has no more (EMFILE)', async () => {
    const { files, machine } = await open('abc', 10, operation =>
      operation === 'open' && machine.openFiles >= 2 ? 'EMFILE' : undefined,
    )
    for (const name of 'abcabc') await files.use(`/${name}`, file => file.size())
    expect(machine.openFiles).toBe(2)
  })

  it('give up where there is none to close', async () => {
    const { files } = await open('a', 10, operation =>
      operation === 'open' ? 'EMFILE' : undefined,
    )
    await expect(files.acquire('/a')).rejects.toThrow('EMFILE')
    const closed = files.acquire('/a').catch(() => 'refused')
    await files.close('/a')
    expect(await closed).toBe('refused')
  })
})
