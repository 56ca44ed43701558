import { compile, type Codec } from '../../../protocol/compile.ts'
import { array, int16, string, struct, type Infer } from '../../../protocol/schema.ts'
import { Reader, WireError } from '../../../protocol/wire.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { MemberProtocol } from './member.ts'

/** What all versions of a consumer's metadata begin with (Kafka: ConsumerProtocolSubscription). */
const subscription = struct({ version: int16, topics: array(string) })
let codec: Codec<Infer<typeof subscription>, unknown> | undefined

/**
 * What the consumers of this generation are subscribed to; undefined where that is not known: of
 * other clients, and of metadata in another form (Kafka: ClassicGroup.computeSubscribedTopics).
 */
export function subscribedTopics(group: ClassicGroup): ReadonlySet<string> | undefined {
  if (group.protocolType !== 'consumer') return undefined
  if (group.members.size > 0 && group.protocolName === null) return undefined
  const topics = new Set<string>()
  try {
    for (const member of group.members.values()) {
      for (const topic of decodeTopics(group.metadataOf(member))) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
  return topics
}

/** The topics that a consumer with these protocols reads; none where that is not known. */
export function topicsIn(
  { protocolType }: Pick<ClassicGroup, 'protocolType'>,
  protocols: readonly MemberProtocol[],
): readonly string[] {
  if (protocolType !== 'consumer' || protocols.length === 0) return []
  try {
    return decodeTopics(protocols[0]!.metadata)
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}

function decodeTopics(metadata: Buffer): readonly string[] {
  codec ??= compile(subscription, 0, false)
  return codec.decode(new Reader(metadata)).topics
}
