/** Builds that break what transactions promise. */
import type { BadBuild } from './builds.ts'

export const transactionBuilds: readonly BadBuild[] = [
  {
    name: 'shows readers of committed records what is not decided',
    edits: [
      {
        file: 'src/partitions/partition.ts',
        find: `unstable < highWatermark ? Math.max(unstable, this.startOffset) : highWatermark`,
        replace: `unstable < 0 ? unstable : highWatermark`,
      },
    ],
  },
  {
    name: 'answers EndTxn before the decision is stored',
    edits: [
      {
        file: 'src/transactions/transactions.ts',
        find: `    await this.put(id, next)
    return next`,
        replace: `    void this.put(id, next)
    return next`,
      },
    ],
  },
  {
    name: 'does not write the markers that a crash has left to write',
    edits: [
      {
        file: 'src/transactions/transactions.ts',
        find: `      if (isDecided(entry.transaction)) this.#end(id, entry.transaction)`,
        replace: `      void entry`,
      },
    ],
  },
  {
    name: 'aborts an open transaction without fencing its producer',
    edits: [
      {
        file: 'src/transactions/end.ts',
        find: `...aborted, ...risen(transaction, newProducerId), clientVersion`,
        replace: `...aborted,
      ...risen(transaction, newProducerId),
      producerEpoch: transaction.producerEpoch,
      clientVersion`,
      },
      {
        file: 'src/transactions/end.ts',
        find: `    producerEpoch: nextEpoch(transaction),
    lastProducerEpoch: noEpoch,`,
        replace: `    lastProducerEpoch: noEpoch,`,
      },
    ],
  },
  {
    name: 'appends to a transaction without asking whether it is open',
    edits: [
      {
        file: 'src/transactional-produce.ts',
        find: `transactions.isOpen(transactionalId, header, place, support)`,
        replace: `transactions.isOpen(transactionalId, header, place, support) || true`,
      },
      {
        file: 'src/transactional-produce.ts',
        find: `? transactions.admit(transactionalId, header, place, support)`,
        replace: `? transactions.admit(transactionalId, header, place, support)?.catch(() => {})`,
      },
    ],
  },
  {
    name: 'shows the offsets of a transaction before its marker',
    edits: [
      {
        file: 'src/groups/offsets/commit.ts',
        find: `if (request.transaction === undefined) step.offsets.push(row)`,
        replace: `if (request.producerId !== null) step.offsets.push(row)`,
      },
    ],
  },
  {
    name: 'does not store which transactions were aborted',
    edits: [
      {
        file: 'src/partitions/producer-rows.ts',
        find: `    ...change.aborted.map(`,
        replace: `    ...change.aborted.slice(0, 0).map(`,
      },
    ],
  },
  {
    name: 'compacts records of transactions that are open',
    edits: [
      {
        file: 'src/partitions/partition.ts',
        find: `      stableOffset: this.lastStableOffset,`,
        replace: `      stableOffset: this.highWatermark,`,
      },
      {
        file: 'storage/file/compacted-log.ts',
        find: `Math.min(context.stableOffset, durableOffset, limit)`,
        replace: `Math.min(durableOffset, limit)`,
      },
    ],
  },
  {
    name: 'compacts by the keys of aborted records',
    edits: [
      {
        file: 'storage/compaction.ts',
        find: `const hasKeys = !header.isControl && !this.#transactions.isAborted(header)`,
        replace: `const hasKeys = !header.isControl`,
      },
    ],
  },
  {
    name: 'compacts a marker away before the batches of its transaction',
    edits: [
      {
        file: 'storage/compaction.ts',
        find: `    if (hasBatches) return batch
`,
        replace: `    if (hasBatches) return undefined
`,
      },
    ],
  },
  {
    name: 'compacts the marker of an abort away that readers are told of',
    edits: [
      {
        file: 'storage/compaction.ts',
        find: `return isListed || !this.#isPastHorizon(header) ? batch : undefined`,
        replace: `return this.#isPastHorizon(header) ? undefined : batch`,
      },
    ],
  },
]
