/**
 * What Kafka's group coordinator writes to __consumer_offsets, as far as it outlives a change of
 * brokers: committed offsets, and generations of groups (OffsetCommitKey, OffsetCommitValue,
 * GroupMetadataKey, GroupMetadataValue). Decoded in all versions, encoded in Kafka 4.3's.
 */
import { codecOf, encodeRecord, type KeyedRecord } from './keyed-records.ts'
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

const offsetCommit = { type: 1, key: offsetCommitKey, value: offsetCommitValue, flexibleSince }
const groupMetadata = { type: 2, key: groupMetadataKey, value: groupMetadataValue, flexibleSince }

/** The one version that has an expiration, for clients that set one (OffsetCommit v2–4). */
const expiringValueVersion = 1
const offsetValueVersion = 4
const groupValueVersion = 3

/** Undefined for records of other kinds, and of later versions. Throws a WireError. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | undefined {
  const keyReader = new Reader(key)
  const type = keyReader.int16()
  const valueReader = value === null ? undefined : new Reader(value)
  const version = valueReader?.int16() ?? 0
  if (version > flexibleSince) return undefined
  // Version 0 of the key was without expiration, and is otherwise the same.
  if (type === 0 || type === offsetCommit.type) {
    const named = codecOf(offsetCommitKey, 0, Infinity).decode(keyReader)
    const codec = codecOf(offsetCommitValue, version, flexibleSince)
    return { kind: 'offset', ...named, value: valueReader ? codec.decode(valueReader) : null }
  }
  if (type !== groupMetadata.type) return undefined
  const named = codecOf(groupMetadataKey, 0, Infinity).decode(keyReader)
  const codec = codecOf(groupMetadataValue, version, flexibleSince)
  return { kind: 'group', ...named, value: valueReader ? codec.decode(valueReader) : null }
}

/** The versions are those that Kafka 4.3 writes (GroupCoordinatorRecordHelpers). */
export function encodeGroupRecord(record: GroupRecord): KeyedRecord {
  if (record.kind === 'group') {
    return encodeRecord(groupMetadata, groupValueVersion, record, record.value)
  }
  const isExpiring = record.value !== null && record.value.expireTimestamp !== -1
  const version = isExpiring ? expiringValueVersion : offsetValueVersion
  return encodeRecord(offsetCommit, version, record, record.value)
}
