/** Committed offsets and generations of groups, out of __consumer_offsets. */
import { decodeGroupRecord, type GroupRecord } from '../../protocol/group-records.ts'
import { WireError } from '../../protocol/wire.ts'
import {
  offsetKey,
  pendingOffsetKey,
  type Change,
  type GroupRow,
  type OffsetRow,
  type PendingOffsetRow,
} from '../../storage/metadata-store.ts'
import type { Fs } from '../../storage/file/fs.ts'
import { readKafkaLog } from './records.ts'

export interface GroupState {
  /** Without the topic's id. By `offsetKey`. */
  offsets: Map<string, Omit<OffsetRow, 'topicId'>>
  groups: Map<string, GroupRow>
  /** Of transactions that were open. */
  pending: PendingOffset[]
}

export interface PendingOffset extends Omit<PendingOffsetRow, 'offset'> {
  offset: Omit<OffsetRow, 'topicId'>
}

interface OpenTransaction {
  producerEpoch: number
  records: GroupRecord[]
}

/** Of transactions, what was committed counts (KIP-98). */
export async function readGroups(fs: Fs, directories: readonly string[]): Promise<GroupState> {
  const state: GroupState = { offsets: new Map(), groups: new Map(), pending: [] }
  for (const directory of directories) {
    const offsetsPartition = Number(directory.slice(directory.lastIndexOf('-') + 1))
    const open = new Map<number, OpenTransaction>()
    for await (const { header, records, marker } of readKafkaLog(fs, directory)) {
      const { producerId, producerEpoch } = header
      if (header.isControl) {
        const ended = open.get(producerId)?.records ?? []
        if (marker?.type === 'commit') for (const each of ended) apply(state, each)
        open.delete(producerId)
        continue
      }
      const decoded = records.flatMap(({ key, value }) => decode(key, value) ?? [])
      if (header.isTransactional) {
        const before = open.get(producerId)?.records ?? []
        open.set(producerId, { producerEpoch, records: [...before, ...decoded] })
      } else {
        for (const each of decoded) apply(state, each)
      }
    }
    for (const [producerId, { producerEpoch, records }] of open) {
      const offsets = records.flatMap(record => offsetOf(record) ?? [])
      const fields = { producerId, producerEpoch, offsetsPartition }
      state.pending.push(...offsets.map(offset => ({ ...fields, offset })))
    }
  }
  return state
}

/** Rows for offsets of these topics, and for the groups that have some. */
export function groupRows(
  { offsets, groups, pending }: GroupState,
  topicIds: ReadonlyMap<string, string>,
): Change[] {
  const changes: Change[] = []
  const named = new Set<string>()
  for (const [key, row] of offsets) {
    const topicId = topicIds.get(row.topic)
    if (topicId === undefined) continue
    changes.push({ kind: 'offset', key, value: { ...row, topicId } })
    named.add(row.group)
  }
  for (const each of pending) {
    const topicId = topicIds.get(each.offset.topic)
    if (topicId === undefined) continue
    const value = { ...each, offset: { ...each.offset, topicId } }
    changes.push({ kind: 'pendingOffset', key: pendingOffsetKey(value), value })
    named.add(each.offset.group)
  }
  for (const [group, row] of groups) {
    if (named.has(group)) changes.push({ kind: 'group', key: group, value: row })
  }
  return changes
}

function decode(key: Buffer | null, value: Buffer | null): GroupRecord | undefined {
  if (key === null) return undefined
  try {
    return decodeGroupRecord(key, value)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function apply({ offsets, groups }: GroupState, record: GroupRecord): void {
  const { group } = record
  if (record.kind === 'group') {
    if (record.value === null) groups.delete(group)
    else groups.set(group, emptyGroup(record.value))
    return
  }
  const key = offsetKey(group, record.topic, record.partition)
  const row = offsetOf(record)
  if (row === undefined) offsets.delete(key)
  else offsets.set(key, row)
}

/** Undefined for one that is deleted, and for other records. */
function offsetOf(record: GroupRecord): Omit<OffsetRow, 'topicId'> | undefined {
  if (record.kind !== 'offset' || record.value === null) return undefined
  const { group, topic, partition } = record
  const { offset, leaderEpoch, metadata, commitTimestamp } = record.value
  return { group, topic, partition, offset, leaderEpoch, metadata, commitTimestamp }
}

type GroupValue = NonNullable<Extract<GroupRecord, { kind: 'group' }>['value']>

/** Its members join anew. */
function emptyGroup({ protocolType, generation, currentStateTimestamp }: GroupValue): GroupRow {
  return {
    type: 'classic',
    protocolType,
    generation,
    protocol: null,
    leader: null,
    members: [],
    stateTimestamp: Math.max(0, currentStateTimestamp),
  }
}
