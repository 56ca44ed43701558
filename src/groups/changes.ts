/** From what has changed of groups and offsets to the rows that the store keeps of it. Pure. */
import {
  memberKey,
  offsetKey,
  pendingOffsetKey,
  type Change,
  type OffsetRow,
  type PendingOffsetRow,
} from '../../storage/metadata-store.ts'
import type { Group } from './group.ts'
import type { Step } from './step.ts'

/**
 * The rows of the group and of its members. One that takes another's place leaves none of it, and
 * says so first where that was of another type: records of the types have different keys.
 */
export function groupChanges(
  groupId: string,
  before: Group | undefined,
  after: Group | undefined,
  { storesGroup, changedMembers }: Step,
): Change[] {
  const isReplaced = before !== after && before !== undefined
  const changes: Change[] = []
  const isOfAnotherType = isReplaced && after !== undefined && after.type !== before.type
  if (isOfAnotherType) changes.push({ kind: 'group', key: groupId, value: null })
  if (storesGroup || isReplaced) {
    changes.push({ kind: 'group', key: groupId, value: after?.row() ?? null })
  }
  const gone = isReplaced ? [...before.storedMembers()] : []
  for (const memberId of new Set([...gone, ...changedMembers])) {
    changes.push(memberChange(groupId, after, memberId))
  }
  return changes
}

/** All rows of a group, as if it were new. */
export function allOf(group: Group): Change[] {
  const { groupId } = group
  const members = Array.from(group.storedMembers(), id => memberChange(groupId, group, id))
  return [{ kind: 'group', key: groupId, value: group.row() }, ...members]
}

function memberChange(groupId: string, group: Group | undefined, memberId: string): Change {
  const value = group?.memberRow(memberId) ?? null
  return { kind: 'groupMember', key: memberKey(groupId, memberId), value }
}

export function committed(row: OffsetRow): Change {
  return { kind: 'offset', key: keyOf(row), value: row }
}

export function forgotten(row: OffsetRow): Change {
  return { kind: 'offset', key: keyOf(row), value: null }
}

export function pending(row: PendingOffsetRow): Change {
  return { kind: 'pendingOffset', key: pendingOffsetKey(row), value: row }
}

export function settled(row: PendingOffsetRow): Change {
  return { kind: 'pendingOffset', key: pendingOffsetKey(row), value: null }
}

function keyOf({ group, topic, partition }: OffsetRow): string {
  return offsetKey(group, topic, partition)
}
