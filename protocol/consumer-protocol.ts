/**
 * What consumers put into the fields of the classic protocol that brokers only pass on: the
 * subscription that a member joins with, and the assignment that it gets (ConsumerProtocol,
 * ConsumerProtocolSubscription and ConsumerProtocolAssignment, v0–3). A coordinator reads them to
 * let such members live in groups of the consumer protocol (KIP-848).
 */
import { compile } from './compile.ts'
import { array, bytes, int32, nullableString, string, struct, type Infer } from './schema.ts'
import { Reader, WireError, Writer } from './wire.ts'

const latestVersion = 3

const topicPartitions = array(struct({ topic: string, partitions: array(int32) }))

const subscription = struct({
  topics: array(string),
  userData: bytes.nullable().default(null),
  ownedPartitions: topicPartitions.since(1),
  generationId: int32.since(2).default(-1),
  rackId: nullableString.since(3).default(null),
})

const assignment = struct({
  assignedPartitions: topicPartitions,
  userData: bytes.nullable().default(null),
})

export type ConsumerSubscription = Infer<typeof subscription> & { version: number }
export type ConsumerAssignment = Infer<typeof assignment>

/** Throws a WireError. What later versions add at the end is left out. */
export function decodeSubscription(buffer: Buffer): ConsumerSubscription {
  const reader = new Reader(buffer)
  const version = readVersion(reader)
  return { ...compile(subscription, version, false).decode(reader), version }
}

/** Throws a WireError. */
export function decodeAssignment(buffer: Buffer): ConsumerAssignment {
  const reader = new Reader(buffer)
  return compile(assignment, readVersion(reader), false).decode(reader)
}

/** In version 0, which all clients and brokers read. */
export function encodeSubscription({ topics }: Pick<ConsumerSubscription, 'topics'>): Buffer {
  const writer = new Writer()
  writer.int16(0)
  compile(subscription, 0, false).encode(writer, { topics, userData: null })
  return Buffer.concat(writer.finish())
}

export function encodeAssignment(value: ConsumerAssignment, version: number): Buffer {
  const writer = new Writer()
  writer.int16(version)
  compile(assignment, version, false).encode(writer, value)
  return Buffer.concat(writer.finish())
}

function readVersion(reader: Reader): number {
  const version = reader.int16()
  if (version < 0) throw new WireError(`there is no version ${version} of the consumer protocol`)
  return Math.min(version, latestVersion)
}
