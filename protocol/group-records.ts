/**
 * What Kafka's group coordinator writes to __consumer_offsets, as far as it outlives a change of
 * brokers: committed offsets, and generations of groups (OffsetCommitKey, OffsetCommitValue,
 * GroupMetadataKey, GroupMetadataValue).
 */
import { compile } from './compile.ts'
import {
  array,
  bytes,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uuid,
  type Infer,
} from './schema.ts'
import { Reader } from './wire.ts'

const offsetCommitKey = struct({ group: string, topic: string, partition: int32 })

const offsetCommitValue = struct({
  offset: int64,
  leaderEpoch: int32.since(3).default(-1),
  metadata: string,
  /** Milliseconds since the epoch. */
  commitTimestamp: int64,
  expireTimestamp: int64.since(1).until(1).default(-1),
  topicId: uuid.tagged(0, 4),
})

const groupMetadataKey = struct({ group: string })

const groupMetadataValue = struct({
  protocolType: string,
  generation: int32,
  protocol: nullableString,
  leader: nullableString,
  /** Milliseconds since the epoch, or -1. */
  currentStateTimestamp: int64.since(2).default(-1),
  members: array(
    struct({
      memberId: string,
      groupInstanceId: nullableString.since(3).default(null),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: int32.since(1).default(-1),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  ),
})

/** A value of null deletes what the key names. */
export type GroupRecord =
  | ({ kind: 'offset'; value: Infer<typeof offsetCommitValue> | null } & Infer<
      typeof offsetCommitKey
    >)
  | ({ kind: 'group'; value: Infer<typeof groupMetadataValue> | null } & Infer<
      typeof groupMetadataKey
    >)

const flexibleSince = 4

/** Undefined for records of other kinds, and of later versions. Throws a WireError. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | undefined {
  const keyReader = new Reader(key)
  const type = keyReader.int16()
  const valueReader = value === null ? undefined : new Reader(value)
  const version = valueReader?.int16() ?? 0
  if (version > flexibleSince) return undefined
  const isFlexible = version >= flexibleSince
  // Version 0 of the key was without expiration, and is otherwise the same.
  if (type === 0 || type === 1) {
    const named = compile(offsetCommitKey, 0, false).decode(keyReader)
    const codec = compile(offsetCommitValue, version, isFlexible)
    return { kind: 'offset', ...named, value: valueReader ? codec.decode(valueReader) : null }
  }
  if (type !== 2) return undefined
  const named = compile(groupMetadataKey, 0, false).decode(keyReader)
  const codec = compile(groupMetadataValue, version, isFlexible)
  return { kind: 'group', ...named, value: valueReader ? codec.decode(valueReader) : null }
}

/** Whether the records of a transaction count, by the key of its marker (ControlRecordType). */
export function isCommitMarker(key: Buffer): boolean {
  const reader = new Reader(key)
  reader.int16()
  return reader.int16() === 1
}
