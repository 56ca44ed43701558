/**
 * A disk in memory with two layers: what the operating system has, and what would survive a power
 * loss. Both hold for the bytes of files and for the names in directories.
 */

const sectorBytes = 512

interface Write {
  at: number
  bytes: Buffer
}
type FileChange = Write | { length: number }

/** A file's bytes are looked up by its directory entries; the file itself has no name. */
export class DiskFile {
  bytes: Buffer = Buffer.alloc(0)
  durable: Buffer = Buffer.alloc(0)
  /** In `bytes` and not in `durable`. */
  pending: FileChange[] = []

  change(change: FileChange): void {
    this.bytes = changed(this.bytes, change)
    this.pending.push(change)
  }

  /** Returns what a sync that begins now ends with. */
  beginSync(): (failed: boolean) => void {
    const covered = [...this.pending]
    return failed => {
      this.pending = this.pending.filter(change => !covered.includes(change))
      // Linux marks pages clean when their write failed: they never get to the disk.
      if (!failed) for (const change of covered) this.durable = changed(this.durable, change)
    }
  }

  afterPowerLoss(survives: () => boolean): DiskFile {
    const file = new DiskFile()
    file.bytes = this.durable
    const parts = this.pending.flatMap((change): FileChange[] =>
      'length' in change ? [change] : sectors(change),
    )
    for (const part of parts) if (survives()) file.bytes = changed(file.bytes, part)
    file.durable = file.bytes
    return file
  }
}

type NameChange =
  { name: string; node: DiskNode | undefined } | { from: string; to: string; node: DiskNode }

export class DiskDirectory {
  entries = new Map<string, DiskNode>()
  durable = new Map<string, DiskNode>()
  pending: NameChange[] = []

  change(change: NameChange): void {
    rename(this.entries, change)
    this.pending.push(change)
  }

  beginSync(): (failed: boolean) => void {
    const covered = [...this.pending]
    return failed => {
      // A journal keeps what it could not write.
      if (failed) return
      this.pending = this.pending.filter(change => !covered.includes(change))
      for (const change of covered) rename(this.durable, change)
    }
  }

  afterPowerLoss(survives: () => boolean): DiskDirectory {
    const directory = new DiskDirectory()
    const entries = new Map(this.durable)
    for (const change of this.pending) if (survives()) rename(entries, change)
    for (const [name, node] of entries) {
      const kept = node.afterPowerLoss(survives)
      directory.entries.set(name, kept)
      directory.durable.set(name, kept)
    }
    return directory
  }
}

export type DiskNode = DiskFile | DiskDirectory

function rename(entries: Map<string, DiskNode>, change: NameChange): void {
  if ('from' in change) {
    entries.delete(change.from)
    entries.set(change.to, change.node)
  } else if (change.node === undefined) {
    entries.delete(change.name)
  } else {
    entries.set(change.name, change.node)
  }
}

function changed(bytes: Buffer, change: FileChange): Buffer {
  if ('length' in change) {
    const cut = Buffer.alloc(change.length)
    bytes.copy(cut)
    return cut
  }
  const result = Buffer.alloc(Math.max(bytes.length, change.at + change.bytes.length))
  bytes.copy(result)
  change.bytes.copy(result, change.at)
  return result
}

/** A write may be torn where sectors meet. */
function sectors({ at, bytes }: Write): Write[] {
  const parts: Write[] = []
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + sectorBytes - ((at + start) % sectorBytes))
    parts.push({ at: at + start, bytes: bytes.subarray(start, end) })
    start = end
  }
  return parts
}
