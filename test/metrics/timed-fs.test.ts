import { expect, it } from 'vitest'
import type { Fs, FsFile } from '../../storage/file/fs.ts'
import { Histogram } from '../../src/metrics/histogram.ts'
import { timedFs } from '../../src/metrics/timed-fs.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

it('counts how long syncs take, and leaves all else as it is', async () => {
  const clock = new ManualClock()
  const file = {
    size: async () => 7,
    datasync: async () => clock.advance(3),
  } as unknown as FsFile
  const syncs = new Histogram([1, 5])
  const fs = timedFs({ open: async () => file } as unknown as Fs, syncs, clock)
  const opened = await fs.open('path', 'r')
  expect(await opened.size()).toBe(7)
  await opened.datasync()
  expect(syncs).toMatchObject({ counts: [0, 1, 0], sumMs: 3 })
})
