import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleaningThread } from '../../storage/file/cleaning-thread.ts'
import { nodeFs } from '../../storage/file/fs.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs } from '../doubles/faulty-fs.ts'
import { seededRandom } from '../doubles/random.ts'
import { describeLog, type LogBackend } from './log-contract.ts'

const now = (): number => 0

describeLog('in memory', () => {
  const store = createMemoryLogStore(() => 0)
  return Promise.resolve({
    openStore: () => Promise.resolve(store),
    dispose: () => Promise.resolve(),
  })
})

describeLog('in memory, forked whenever it is opened', () => {
  let store = createMemoryLogStore(() => 0)
  return Promise.resolve({
    openStore: () => Promise.resolve((store = store.fork())),
    dispose: () => Promise.resolve(),
  })
})

for (const durability of ['os', 'disk'] as const) {
  describeLog(`in files, ${durability} mode`, async (): Promise<LogBackend> => {
    const directory = await mkdtemp(join(tmpdir(), 'log-'))
    const options = { fs: nodeFs, directory: join(directory, 'logs'), durability, now }
    return {
      openStore: () =>
        openFileLogStore({ ...options, ...(durability === 'disk' && { clean: cleaningThread() }) }),
      dispose: () => rm(directory, { recursive: true }),
    }
  })

  describeLog(`on a disk that transfers bit by bit, ${durability} mode`, () => {
    const fs = faultyFs(new DiskDirectory(), { random: seededRandom(1), shortTransfers: 0.5 })
    return Promise.resolve({
      openStore: () => openFileLogStore({ fs, directory: '/logs', durability, now }),
      dispose: () => Promise.resolve(),
    })
  })
}
