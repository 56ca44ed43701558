/** What Kafka's controllers write to __cluster_metadata of topics and ACLs (KIP-631, KIP-801). */
import { compile } from './compile.ts'
import { int32, int64, int8, nullableString, string, struct, uuid, type Infer } from './schema.ts'
import { Reader } from './wire.ts'

const topicRecord = { type: 2, codec: compile(struct({ name: string, topicId: uuid }), 0, true) }
const configRecord = {
  type: 4,
  codec: compile(
    struct({ resourceType: int8, resourceName: string, name: string, value: nullableString }),
    0,
    true,
  ),
}
const producerIdsRecord = {
  type: 15,
  codec: compile(struct({ brokerId: int32, brokerEpoch: int64, nextProducerId: int64 }), 0, true),
}
const aclFields = struct({
  id: uuid,
  resourceType: int8,
  resourceName: string,
  patternType: int8,
  principal: string,
  host: string,
  operation: int8,
  permissionType: int8,
})
const aclRecord = { type: 18, codec: compile(aclFields, 0, true) }
const removedAclRecord = { type: 19, codec: compile(struct({ id: uuid }), 0, true) }

export type ControllerRecord =
  | { kind: 'topic'; name: string }
  /** Null unsets it. */
  | { kind: 'topicConfig'; topic: string; name: string; value: string | null }
  | { kind: 'producerIds'; nextProducerId: number }
  | { kind: 'acl'; id: string; acl: Omit<Infer<typeof aclFields>, 'id'> }
  | { kind: 'removedAcl'; id: string }

/** Kafka's ConfigResource.Type. */
const topicResource = 2

/** Undefined for records of other kinds. Throws a WireError. */
export function decodeControllerRecord(value: Buffer): ControllerRecord | undefined {
  const reader = new Reader(value)
  // The version of the frame, which there is one of.
  reader.uvarint()
  const type = reader.uvarint()
  reader.uvarint()
  switch (type) {
    case topicRecord.type:
      return { kind: 'topic', name: topicRecord.codec.decode(reader).name }
    case configRecord.type: {
      const { resourceType, resourceName: topic, name, value } = configRecord.codec.decode(reader)
      return resourceType === topicResource
        ? { kind: 'topicConfig', topic, name, value }
        : undefined
    }
    case producerIdsRecord.type: {
      const { nextProducerId } = producerIdsRecord.codec.decode(reader)
      return { kind: 'producerIds', nextProducerId }
    }
    case aclRecord.type: {
      const { id, ...acl } = aclRecord.codec.decode(reader)
      return { kind: 'acl', id, acl }
    }
    case removedAclRecord.type:
      return { kind: 'removedAcl', id: removedAclRecord.codec.decode(reader).id }
    default:
      return undefined
  }
}
