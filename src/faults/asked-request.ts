import type { Context } from '../handler.ts'
import { namedTopic, requestFacts, type NamedTopic } from '../request-facts.ts'
import type { AskedRequest } from './match.ts'

/** What faults look at: with topics that the request only means, each once and with its name. */
export function askedRequest(api: string, request: unknown, context: Context): AskedRequest {
  const { version, nodeId, clientId } = context
  const { topics: named, groups, transactionalIds } = requestFacts(request)
  const meant = meantTopics[api]?.(request as never, context) ?? []
  const topics = united([...meant, ...named].map(topic => withName(topic, context)))
  return { api, version, nodeId, clientId, topics, groups, transactionalIds }
}

function withName(topic: NamedTopic, { topics }: Context): NamedTopic {
  if (topic.name !== '' || topic.topicId === undefined) return topic
  return { ...topic, name: topics.getById(topic.topicId)?.name ?? '' }
}

function united(topics: readonly NamedTopic[]): NamedTopic[] {
  const byKey = Map.groupBy(topics, ({ name, topicId }) => topicId ?? name)
  return Array.from(byKey.values(), ([first, ...others]) => {
    if (others.length === 0 || first!.partitions === undefined) return first!
    const partitions = new Set([first!, ...others].flatMap(topic => topic.partitions ?? []))
    return { ...first!, partitions: [...partitions] }
  })
}

/** Topics that a request is about without naming them. */
const meantTopics: Readonly<
  Record<string, (request: never, context: Context) => readonly NamedTopic[]>
> = {
  Metadata({ topics }: { topics: readonly unknown[] | null }, context) {
    const isAll = topics === null || (context.version === 0 && topics.length === 0)
    return isAll ? allTopics(context) : []
  },
  DescribeTopicPartitions: ({ topics }: { topics: readonly unknown[] }, context) =>
    topics.length === 0 ? allTopics(context) : [],
  Fetch: ({ sessionId }: { sessionId: number }, { fetchSessions }) =>
    fetchSessions
      .partitionsOf(sessionId)
      .map(({ topic, topicId, partition }) =>
        namedTopic({ topic, topicId, partitions: [partition] }),
      ),
  ShareFetch: ({ groupId, memberId }: { groupId: string; memberId: string }, context) =>
    context.sharePartitions
      .sessionPartitions(context.nodeId, groupId, memberId)
      .map(({ topicId, partition }) => namedTopic({ topicId, partitions: [partition] })),
}

function allTopics({ topics }: Context): NamedTopic[] {
  return topics.all().map(({ name, id }) => ({ name, topicId: id, partitions: undefined }))
}
