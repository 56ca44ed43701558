/** What of a broker's rows is right for a copy of it, which no client is connected to. Pure. */
import {
  shareStateKey,
  type Change,
  type ClusterRow,
  type GroupRow,
  type Rows,
  type ShareStateRow,
  type StoredRow,
  type TopicRow,
  type TransactionRow,
} from '../../storage/metadata-store.ts'
import { fence } from '../transactions/end.ts'
import { isEpochExhausted } from '../transactions/transaction.ts'

/**
 * The rows as they are for a broker that begins with them. Groups keep their offsets and have no
 * members, for those are clients of the other one. Open transactions are decided: the new broker
 * aborts them when it starts, since nobody goes on with them.
 */
export function copiedRows(rows: readonly StoredRow[], nowMs: number): StoredRow[] {
  const cluster = rows.find(({ kind }) => kind === 'cluster')
  const ids = cluster && new ProducerIds(cluster)
  const copied = rows.flatMap(row => {
    if (row.kind === 'cluster' || row.kind === 'groupMember') return []
    if (row.kind === 'group') return [changed(row, withoutMembers)]
    if (row.kind !== 'transaction') return [row]
    return [changed(row, (transaction: TransactionRow) => aborted(transaction, nowMs, ids))]
  })
  return ids ? [...copied, ids.row] : copied
}

function withoutMembers(group: GroupRow): GroupRow {
  if (group.type !== 'classic') return group
  return { ...group, members: [], protocol: null, leader: null }
}

function aborted(
  transaction: TransactionRow,
  nowMs: number,
  ids: ProducerIds | undefined,
): TransactionRow {
  if (transaction.state !== 'Ongoing') return transaction
  const newProducerId = isEpochExhausted(transaction) ? ids!.next() : -1
  const { clientVersion: transactionVersion } = transaction
  return fence(transaction, { nowMs, newProducerId, transactionVersion })
}

/** Gives ids that no producer has. */
class ProducerIds {
  readonly #row: StoredRow
  readonly #cluster: ClusterRow

  constructor(row: StoredRow) {
    this.#row = row
    this.#cluster = JSON.parse(row.text) as ClusterRow
  }

  next(): number {
    return this.#cluster.nextProducerId++
  }

  get row(): StoredRow {
    return { ...this.#row, text: JSON.stringify(this.#cluster) }
  }
}

/**
 * The rows with other topic ids, so that whoever knows a topic of before finds none of the id.
 * `newId` gives one for each; rows of topics that are being deleted are left out.
 */
export function withNewTopicIds(
  rows: readonly StoredRow[],
  newId: () => string,
): { rows: StoredRow[]; ids: ReadonlyMap<string, string> } {
  const topics = rows.filter(({ kind }) => kind === 'topic')
  const old = topics.map(({ text }) => (JSON.parse(text) as TopicRow).id)
  const ids = new Map(old.map(id => [id, newId()]))
  return { rows: rows.flatMap(row => withTopicIds(row, ids)), ids }
}

function withTopicIds(row: StoredRow, ids: ReadonlyMap<string, string>): StoredRow[] {
  switch (row.kind) {
    case 'topic':
      return [changed(row, (topic: TopicRow) => ({ ...topic, id: ids.get(topic.id)! }))]
    case 'deletedTopic':
      return []
    case 'producers':
    case 'abortedTransactions': {
      const colon = row.key.indexOf(':')
      const id = ids.get(row.key.slice(0, colon))
      return id === undefined ? [] : [{ ...row, key: id + row.key.slice(colon) }]
    }
    case 'offset':
    case 'stateTopic':
      return moved(row, ids)
    case 'shareState':
      return moved(row, ids).map(share => {
        const { groupId, topicId, partition } = JSON.parse(share.text) as ShareStateRow
        return { ...share, key: shareStateKey(groupId, topicId, partition) }
      })
    case 'pendingOffset': {
      const pending = JSON.parse(row.text) as Rows['pendingOffset']
      const topicId = ids.get(pending.offset.topicId)
      if (topicId === undefined) return []
      const offset = { ...pending.offset, topicId }
      return [{ ...row, text: JSON.stringify({ ...pending, offset }) }]
    }
    default:
      return [row]
  }
}

/** A row that names its topic's id; none where that is gone. */
function moved(row: StoredRow, ids: ReadonlyMap<string, string>): StoredRow[] {
  const value = JSON.parse(row.text) as { topicId: string }
  const topicId = ids.get(value.topicId)
  return topicId === undefined ? [] : [{ ...row, text: JSON.stringify({ ...value, topicId }) }]
}

function changed<Value>(row: StoredRow, change: (value: Value) => Value): StoredRow {
  return { ...row, text: JSON.stringify(change(JSON.parse(row.text) as Value)) }
}

/** Rows of the broker itself and of who may log in: another content does not change them. */
const identity: ReadonlySet<StoredRow['kind']> = new Set([
  'cluster',
  'metadataLog',
  'secret',
  'scramCredential',
])

/** Makes a broker empty that has these rows. The data of its topics goes with the next start. */
export function emptying(rows: readonly StoredRow[]): Change[] {
  return rows.filter(({ kind }) => !identity.has(kind)).flatMap(removal)
}

/**
 * Puts other rows in the place of those that a broker has. It stays the same cluster, whose offsets
 * of metadata go on, and gives no producer id twice.
 */
export function replacing(rows: readonly StoredRow[], others: readonly StoredRow[]): Change[] {
  const kept = ({ kind }: StoredRow): boolean => kind === 'cluster' || kind === 'metadataLog'
  const cluster = mergedCluster(rows.find(isCluster), others.find(isCluster))
  return [
    ...rows.filter(row => !kept(row)).flatMap(removal),
    ...others.filter(row => !kept(row)).map(asChange),
    ...cluster,
  ]
}

const isCluster = ({ kind }: StoredRow): boolean => kind === 'cluster'

function mergedCluster(own?: StoredRow, other?: StoredRow): Change[] {
  if (own === undefined || other === undefined) return [own ?? other ?? []].flat().map(asChange)
  const [ours, theirs] = [own, other].map(row => JSON.parse(row.text) as ClusterRow)
  const nextProducerId = Math.max(ours!.nextProducerId, theirs!.nextProducerId)
  return [{ kind: 'cluster', key: own.key, value: { ...ours!, nextProducerId } }]
}

function asChange({ kind, key, text }: StoredRow): Change {
  return { kind, key, value: JSON.parse(text) }
}

function removal({ kind, key, text }: StoredRow): Change[] {
  if (kind === 'deletedTopic') return []
  const gone: Change = { kind, key, value: null }
  if (kind !== 'topic') return [gone]
  const { id } = JSON.parse(text) as TopicRow
  return [gone, { kind: 'deletedTopic', key: id, value: {} }]
}
