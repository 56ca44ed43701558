/** Committed offsets and generations of groups, out of __consumer_offsets. */
import { decodeGroupRecord, type GroupRecord } from '../../protocol/group-records.ts'
import { WireError } from '../../protocol/wire.ts'
import {
  offsetKey,
  type Change,
  type GroupRow,
  type OffsetRow,
} from '../../storage/metadata-store.ts'
import type { Fs } from '../../storage/file/fs.ts'
import { readKafkaLog } from './records.ts'

export interface GroupState {
  /** Without the topic's id. By `offsetKey`. */
  offsets: Map<string, Omit<OffsetRow, 'topicId'>>
  groups: Map<string, GroupRow>
}

/** Of transactions, what was committed counts (KIP-98). */
export async function readGroups(fs: Fs, directories: readonly string[]): Promise<GroupState> {
  const state: GroupState = { offsets: new Map(), groups: new Map() }
  for (const directory of directories) {
    const open = new Map<number, GroupRecord[]>()
    for await (const { header, records, marker } of readKafkaLog(fs, directory)) {
      const { producerId } = header
      if (header.isControl) {
        if (marker?.type === 'commit') open.get(producerId)?.forEach(each => apply(state, each))
        open.delete(producerId)
        continue
      }
      const decoded = records.flatMap(({ key, value }) => decode(key, value) ?? [])
      if (header.isTransactional)
        open.set(producerId, [...(open.get(producerId) ?? []), ...decoded])
      else decoded.forEach(each => apply(state, each))
    }
  }
  return state
}

/** Rows for offsets of these topics, and for the groups that have some. */
export function groupRows(
  { offsets, groups }: GroupState,
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
  const { topic, partition, value } = record
  const key = offsetKey(group, topic, partition)
  if (value === null) {
    offsets.delete(key)
    return
  }
  const { offset, leaderEpoch, metadata, commitTimestamp } = value
  offsets.set(key, { group, topic, partition, offset, leaderEpoch, metadata, commitTimestamp })
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
