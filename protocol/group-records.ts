/**
 * What Kafka's group coordinator writes to __consumer_offsets, as far as it outlives a change of
 * brokers: committed offsets, and generations of groups (OffsetCommitKey, OffsetCommitValue,
 * GroupMetadataKey, GroupMetadataValue). Decoded in all versions, encoded in Kafka 4.3's.
 */
import { compile, type Codec } from './compile.ts'
import {
  array,
  bytes,
  int32,
  int64,
  nullableString,
  string,
  struct,
  uuid,
  type Field,
  type Infer,
} from './schema.ts'
import { Reader, Writer } from './wire.ts'

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

const offsetCommitType = 1
const groupMetadataType = 2

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
  if (type === 0 || type === offsetCommitType) {
    const named = codecOf(offsetCommitKey, 0).decode(keyReader)
    const codec = codecOf(offsetCommitValue, version)
    return { kind: 'offset', ...named, value: valueReader ? codec.decode(valueReader) : null }
  }
  if (type !== groupMetadataType) return undefined
  const named = codecOf(groupMetadataKey, 0).decode(keyReader)
  const codec = codecOf(groupMetadataValue, version)
  return { kind: 'group', ...named, value: valueReader ? codec.decode(valueReader) : null }
}

/** The versions are those that Kafka 4.3 writes (GroupCoordinatorRecordHelpers). */
export function encodeGroupRecord(record: GroupRecord): { key: Buffer; value: Buffer | null } {
  if (record.kind === 'group') {
    const key = encoded(groupMetadataKey, groupMetadataType, 0, record)
    const { value } = record
    return {
      key,
      value: value && encoded(groupMetadataValue, groupValueVersion, groupValueVersion, value),
    }
  }
  const key = encoded(offsetCommitKey, offsetCommitType, 0, record)
  const { value } = record
  if (value === null) return { key, value }
  const version = value.expireTimestamp === -1 ? offsetValueVersion : expiringValueVersion
  return { key, value: encoded(offsetCommitValue, version, version, value) }
}

/** Keys begin with their type, values with their version. */
function encoded<In>(
  schema: Field<unknown, In>,
  prefix: number,
  version: number,
  fields: In,
): Buffer {
  const writer = new Writer()
  writer.int16(prefix)
  codecOf(schema, version).encode(writer, fields)
  return Buffer.concat(writer.finish())
}

/** By schema and version: each is compiled once, for there are many records. */
const codecs = new Map<Field, unknown[]>()

function codecOf<Out, In>(schema: Field<Out, In>, version: number): Codec<Out, In> {
  let versions = codecs.get(schema)
  if (versions === undefined) codecs.set(schema, (versions = []))
  const codec = (versions[version] ??= compile(schema, version, version >= flexibleSince))
  return codec as Codec<Out, In>
}
