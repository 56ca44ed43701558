import { errors, errorName, KafkaError } from '../../protocol/errors.ts'
import type { Services } from '../handler.ts'
import { InvalidInput } from './invalid-input.ts'
import {
  checkedPosition,
  offsetAt,
  placeIn,
  type CheckedPosition,
  type Position,
} from './position.ts'
import { topicNamed } from './topics.ts'

/** Where a group goes on. */
export interface SoughtPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Has a group go on elsewhere: in what it has committed or is assigned, or in the topics that are
 * given or that the position names. Kafka refuses this while the group has members; here they are
 * removed, so that their clients join again and go on there. A group that does not exist is
 * created. Resolves when that is durable. Rejects with InvalidInput where nobody knows which
 * topics are meant, and with UNKNOWN_TOPIC_OR_PARTITION.
 */
export async function seekGroup(
  services: Services,
  groupId: string,
  position: Position,
  { topics: names }: { topics?: readonly string[] } = {},
): Promise<SoughtPartition[]> {
  const wanted = await soughtPartitions(services, groupId, checkedPosition(position), names)
  const { groups } = services
  if (groups.get(groupId)?.type === 'share') await seekShareGroup(services, groupId, wanted)
  else await groups.offsets.reset(groupId, wanted)
  return wanted.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
}

interface Sought extends SoughtPartition {
  readonly topicId: string
}

async function soughtPartitions(
  services: Services,
  groupId: string,
  position: CheckedPosition,
  names: readonly string[] | undefined,
): Promise<Sought[]> {
  const { topics } = services
  const named = names ?? namesIn(position) ?? knownTopics(services, groupId)
  if (named.length === 0) {
    const hint = "name its topics: { topics: ['orders'] }"
    throw new InvalidInput(`group '${groupId}' has committed nothing and has no members: ${hint}`)
  }
  const wanted = named.flatMap(name => {
    const topic = topicNamed(topics, name)
    return topic.partitions.flatMap((partition, index) => {
      const place = placeIn(position, name, index)
      return place === undefined ? [] : [{ topic, partition, index, place }]
    })
  })
  checkAllMeant(position, wanted)
  return Promise.all(
    wanted.map(async ({ topic, partition, index, place }) => ({
      topic: topic.name,
      topicId: topic.id,
      partition: index,
      offset: await offsetAt(partition, place),
    })),
  )
}

/** The topics that a position names, if it does. */
function namesIn(position: CheckedPosition): string[] | undefined {
  if (typeof position !== 'object' || position instanceof Date) return undefined
  const named = Object.keys(position).filter(key => key.includes('/'))
  if (named.length === 0) return undefined
  return [...new Set(named.map(key => key.slice(0, key.lastIndexOf('/'))))]
}

/** Throws for a partition that there is not. */
function checkAllMeant(
  position: CheckedPosition,
  wanted: readonly { topic: { name: string }; index: number }[],
): void {
  if (typeof position !== 'object' || position instanceof Date) return
  const found = new Set(
    wanted.flatMap(({ topic, index }) => [`${topic.name}/${index}`, `${index}`]),
  )
  const missing = Object.keys(position).find(key => !found.has(key))
  if (missing === undefined) return
  throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition '${missing}'`)
}

function knownTopics({ groups, topics }: Services, groupId: string): string[] {
  const members = groups.get(groupId)?.memberViews(topics) ?? []
  const names = [
    ...groups.offsets.of(groupId).map(({ topic }) => topic),
    ...members.flatMap(member => [...Object.keys(member.assignment), ...member.subscribedTopics]),
  ]
  return [...new Set(names)].filter(name => topics.get(name) !== undefined)
}

async function seekShareGroup(
  { groups, topics }: Services,
  groupId: string,
  wanted: readonly Sought[],
): Promise<void> {
  const members = groups.get(groupId)?.memberViews(topics) ?? []
  for (const { memberId } of members) groups.kick(groupId, memberId)
  const byTopic = Map.groupBy(wanted, ({ topic }) => topic)
  const altered = await groups.share.alterOffsets(
    groupId,
    Array.from(byTopic, ([topicName, partitions]) => ({
      topicName,
      partitions: partitions.map(({ partition, offset }) => {
        return { partitionIndex: partition, startOffset: offset }
      }),
    })),
  )
  const results = altered.flatMap(({ partitions }) => partitions)
  const failed = results.find(({ errorCode }) => errorCode !== errors.NONE)
  if (failed === undefined) return
  throw new KafkaError(errorName(failed.errorCode), failed.errorMessage ?? undefined)
}
