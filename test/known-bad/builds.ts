/**
 * Builds that break a promise, each by a small change of the sources. A test tool is worth what it
 * catches of them; `npm run known-bad` shows which catches which.
 */

import { transactionBuilds } from './transaction-builds.ts'

export interface Edit {
  /** From the root of the project. */
  file: string
  /** Occurs once in the file. */
  find: string
  replace: string
}

export interface BadBuild {
  name: string
  edits: readonly Edit[]
}

const logBuilds: readonly BadBuild[] = [
  {
    name: 'acknowledges before the sync',
    edits: [
      {
        file: 'storage/file/pending-appends.ts',
        find: `if (append.until === 'durable' || mustSync) this`,
        replace: `if (append.until === 'never') this`,
      },
    ],
  },
  {
    name: 'acknowledges before the write',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `      this.#draining ??= this.#drain()
    })`,
        replace: `      this.#draining ??= this.#drain()
      resolve({ baseOffset })
    })`,
      },
    ],
  },
  {
    name: 'moves the high watermark before the sync',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `      this.#requestSync()
    }
  }`,
        replace: `      this.#requestSync()
      this.#advanceDurable(this.#writtenOffset)
    }
  }`,
      },
    ],
  },
  {
    name: 'shows consumers what is beyond the high watermark',
    edits: [
      {
        file: 'src/partitions/partition.ts',
        find: `return this.#log.durableOffset`,
        replace: `return this.#log.endOffset`,
      },
    ],
  },
  {
    name: 'resolves appends that came in after the sync began',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `this.#advanceDurable(upTo)`,
        replace: `this.#advanceDurable(this.#writtenOffset + 0 * upTo)`,
      },
    ],
  },
  {
    name: 'lets those who ask during a sync share it',
    edits: [
      {
        file: 'storage/file/group-commit.ts',
        find: `    await sync()`,
        replace: `    await sync().finally(() => (running = undefined))`,
      },
      {
        file: 'storage/file/group-commit.ts',
        find: `return () => (next ??= run(running))`,
        replace: `return () => running ?? (next ??= run(running))`,
      },
    ],
  },
  {
    name: 'does not sync the directory after a roll',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `if (namesChanged) await`,
        replace: `if (namesChanged && upTo < 0) await`,
      },
    ],
  },
  {
    name: 'does not sync the directory of a new log',
    edits: [
      {
        file: 'storage/file/log-directories.ts',
        find: `if (this.syncsAll) await this.#syncNames()`,
        replace: `if (!this.syncsAll) await this.#syncNames()`,
      },
    ],
  },
  {
    name: 'leaves a log on the list of those closed cleanly when it changes',
    edits: [
      {
        file: 'storage/file/log-directories.ts',
        find: `      await this.#all.cleanList.strike(this.name)
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'does not sync the directory of a deletion',
    edits: [
      {
        file: 'storage/file/log-directories.ts',
        find: `    await this.#syncNames()
    this.#names.delete`,
        replace: `    this.#names.delete`,
      },
    ],
  },
  {
    name: 'does not sync the directory of a checkpoint',
    edits: [
      {
        file: 'storage/file/checkpoint.ts',
        find: `  await fs.syncDirectory(directory)
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'renames a checkpoint before it is synced',
    edits: [
      {
        file: 'storage/file/checkpoint.ts',
        find: `await file.datasync()`,
        replace: `await file.size()`,
      },
    ],
  },
  {
    name: 'writes a checkpoint ahead of the data',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `      ? this.#segments.all.map(segment => [segment, segment.mark()] as const)
      : undefined
`,
        replace: `      ? this.#segments.all.map(segment => [segment, segment.mark()] as const)
      : undefined
    for (const [segment, mark] of marks ?? []) segment.syncedMark = mark
    if (marks !== undefined) await this.#requestCheckpoint()
`,
      },
    ],
  },
  {
    name: 'syncs again after a failed sync, and believes it',
    edits: [
      {
        file: 'storage/file/segment.ts',
        find: `file => file.datasync())`,
        replace: `file => file.datasync().catch(() => file.datasync()))`,
      },
    ],
  },
  {
    name: 'believes the tail that a failed sync left in the page cache',
    edits: [
      {
        file: 'storage/file/recovery.ts',
        find: `if (env.durability === 'disk') await writeFully`,
        replace: `if (env.durability !== 'disk') await writeFully`,
      },
    ],
  },
  {
    name: 'goes on after a failed write',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `  #assertOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
`,
        replace: `  #assertOpen(): void {
`,
      },
    ],
  },
  {
    name: 'takes a short write for a whole one',
    edits: [
      {
        file: 'storage/file/fs.ts',
        find: `    rest = after(rest, bytes)`,
        replace: `    rest = after(rest, bytes).slice(0, 0)`,
      },
    ],
  },
  {
    name: 'cuts a tail below the synced mark',
    edits: [
      {
        file: 'storage/file/recovery.ts',
        find: `const segment = addSegment(walk, mark)`,
        replace: `const segment = addSegment(walk, newSegmentMark(mark.baseOffset))`,
      },
      {
        file: 'storage/file/recovery.ts',
        find: `if (size < mark.bytes) {`,
        replace: `if (size < 0) {`,
      },
    ],
  },
  {
    name: 'goes on without a missing segment',
    edits: [
      {
        file: 'storage/file/recovery.ts',
        find: `if (missing !== undefined) {`,
        replace: `if (missing !== undefined && missing.bytes < 0) {`,
      },
    ],
  },
  {
    name: 'recovers a tail without looking at checksums',
    edits: [
      {
        file: 'storage/file/recovery.ts',
        find: ` &&
      crcMatches(batches, at)`,
        replace: ` &&
      (crcMatches(batches, at) || true)`,
      },
    ],
  },
  {
    name: 'keeps segments behind a cut',
    edits: [
      {
        file: 'storage/file/recovery.ts',
        find: `if (previous !== undefined && previous.nextOffset !== mark.baseOffset) {`,
        replace: `if (previous !== undefined && previous.nextOffset > mark.baseOffset) {`,
      },
    ],
  },
  {
    name: 'trusts an index without a check',
    edits: [
      {
        file: 'storage/file/segment.ts',
        find: `        lastOffset(header) !== entry.lastOffset
`,
        replace: `        lastOffset(header) < 0
`,
      },
      {
        file: 'storage/file/index-file.ts',
        find: `entries.length < expectedBytes || !isOrdered(entries, this.#layout)`,
        replace: `entries.length < 0 || (entries.length < 0 && !isOrdered(entries, this.#layout))`,
      },
    ],
  },
  {
    name: 'trusts a time index without a check',
    edits: [
      {
        file: 'storage/file/segment.ts',
        find: `    if (isAtIt && exactMaxTimestamp(batch, 0) === entry.maxTimestamp) return
`,
        replace: `    if (isAtIt || entry.maxTimestamp >= 0) return
`,
      },
    ],
  },
  {
    name: 'answers a trim before its checkpoint',
    edits: [
      {
        file: 'storage/file/log.ts',
        find: `    try {
      await this.#requestCheckpoint()
    } catch (error) {
      throw this.#checkpointFailed(error)
    }
    this.#startOffset`,
        replace: `    this.#requestCheckpoint().catch((error: unknown) => this.#fail(error))
    this.#startOffset`,
      },
    ],
  },
  {
    name: 'removes more than retention may',
    edits: [
      {
        file: 'storage/segments.ts',
        find: `if (bytes === 0 || (!isTooOld && excessBytes < 0)) break`,
        replace: `if (bytes === 0 || (!isTooOld && excessBytes + bytes <= 0)) break`,
      },
    ],
  },
  {
    name: 'puts a compacted segment in place without a checkpoint',
    edits: [
      {
        file: 'storage/file/compacted-log.ts',
        find: `    await log.saveCheckpoint(outcome?.cleanedTo ?? log.cleanedTo)
    await removeSegments(old`,
        replace: `    await removeSegments(old`,
      },
    ],
  },
  {
    name: 'puts a compacted segment in place that is not synced',
    edits: [
      {
        file: 'storage/file/cleaning.ts',
        find: `    target.seal()
    await target.sync()`,
        replace: `    target.seal()`,
      },
    ],
  },
  {
    name: 'remembers one batch of a producer',
    edits: [
      {
        file: 'src/partitions/producer-state.ts',
        find: `const rememberedBatches = 5`,
        replace: `const rememberedBatches = 1`,
      },
    ],
  },
  {
    name: 'forgets producers at a restart',
    edits: [
      {
        file: 'src/partitions/producers.ts',
        find: `      await replay(log, from, `,
        replace: `      await replay(log, log.endOffset + 0 * from, `,
      },
    ],
  },
  {
    name: 'removes records before their producers are stored',
    edits: [
      {
        file: 'src/partitions/partition.ts',
        find: `this.#log.beforeRemoval = () => this.#save()`,
        replace: `this.#log.beforeRemoval = () => Promise.resolve()`,
      },
    ],
  },
  {
    name: 'stores producers before their records are durable',
    edits: [
      {
        file: 'src/partitions/partition.ts',
        find: `while (this.highWatermark < endOffset && !this.isOffline)`,
        replace: `while (this.highWatermark < 0 && !this.isOffline)`,
      },
      {
        file: 'src/partitions/partition.ts',
        find: `if (stored?.producers && !producers.stored.producers) await partition.#save()`,
        replace: ``,
      },
    ],
  },
  {
    name: 'compacts the last record of a key away',
    edits: [
      {
        file: 'storage/compaction.ts',
        find: `this.#latest.get(key) > offset`,
        replace: `this.#latest.get(key) >= offset`,
      },
    ],
  },
  {
    name: 'acknowledges metadata before it is stored',
    edits: [
      {
        file: 'storage/sqlite/store.ts',
        find: `this.#pending.push({ rows, resolve, reject }))`,
        replace: `{
      this.#pending.push({ rows, resolve, reject })
      resolve()
    })`,
      },
    ],
  },
  {
    name: 'goes on after a failed commit of metadata',
    edits: [
      {
        file: 'storage/sqlite/store.ts',
        find: `    this.#failure = failure
`,
        replace: ``,
      },
    ],
  },
]

export const badBuilds: readonly BadBuild[] = [...logBuilds, ...transactionBuilds]
