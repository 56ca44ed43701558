import type { PartitionLog, StorageError } from './partition-log.ts'

/** Stands for a log that could not be opened: everything is refused with the reason. */
export function offlineLog(failure: StorageError): PartitionLog {
  const refuse = (): Promise<never> => Promise.reject(failure)
  return {
    startOffset: 0,
    endOffset: 0,
    durableOffset: 0,
    maxTimestamp: -1,
    sizeBytes: 0,
    failure,
    onProgress: undefined,
    beforeRemoval: undefined,
    append: refuse,
    read: refuse,
    offsetForTimestamp: refuse,
    trim: refuse,
    retain: refuse,
    compact: refuse,
    checkpoint: refuse,
    configure: () => {},
    close: () => Promise.resolve(),
  }
}
