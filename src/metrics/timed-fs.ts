import type { Fs } from '../../storage/file/fs.ts'
import type { Clock } from '../clock.ts'
import type { Histogram } from './histogram.ts'

/** The same file system; how long its syncs of files take is counted. */
export function timedFs(fs: Fs, syncs: Histogram, clock: Pick<Clock, 'monotonic'>): Fs {
  return {
    ...fs,
    async open(path, mode) {
      const file = await fs.open(path, mode)
      return {
        ...file,
        async datasync() {
          const beganMs = clock.monotonic()
          await file.datasync()
          syncs.observe(clock.monotonic() - beganMs)
        },
      }
    },
  }
}
