/** What Kafka knows of idempotent producers: its snapshots, and the batches themselves. */
import { crc32c } from '../../protocol/crc32c.ts'
import type { ProducerRow } from '../../storage/metadata-store.ts'
import type { Fs } from '../../storage/file/fs.ts'

const snapshotVersion = 1
const headerBytes = 10
const entryBytes = 46

/**
 * Each producer with its last batch, if it has sent one, by the newest snapshot that a partition's
 * folder has (Kafka: ProducerStateManager.readSnapshot). What it cannot trust it leaves out.
 */
export async function readProducerSnapshot(fs: Fs, directory: string): Promise<ProducerRow[]> {
  const names = await fs.readdir(directory)
  const newest = names
    .filter(name => /^\d{20}\.snapshot$/.test(name))
    .toSorted()
    .at(-1)
  if (newest === undefined) return []
  const bytes = await fs.readFile(`${directory}/${newest}`)
  if (bytes.length < headerBytes || bytes.readInt16BE(0) !== snapshotVersion) return []
  if (bytes.readUInt32BE(2) !== crc32c(bytes.subarray(6))) return []
  const producers: ProducerRow[] = []
  for (let at = headerBytes; at + entryBytes <= bytes.length; at += entryBytes) {
    const lastSequence = bytes.readInt32BE(at + 10)
    const offsetDelta = bytes.readInt32BE(at + 22)
    const timestamp = Number(bytes.readBigInt64BE(at + 26))
    const last = {
      // Sequences go round at 2^31.
      firstSequence: (lastSequence - offsetDelta + 2 ** 31) % 2 ** 31,
      lastSequence,
      lastOffset: Number(bytes.readBigInt64BE(at + 14)),
      timestamp,
    }
    const transactionStart = Number(bytes.readBigInt64BE(at + 38))
    producers.push({
      producerId: Number(bytes.readBigInt64BE(at)),
      epoch: bytes.readInt16BE(at + 8),
      lastTimestamp: timestamp,
      coordinatorEpoch: -1,
      transactionStart: transactionStart < 0 ? null : transactionStart,
      batches: lastSequence < 0 ? [] : [last],
    })
  }
  return producers
}
