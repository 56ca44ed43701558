import {
  addPartitions,
  clearTopic,
  createTopic,
  deleteTopic,
  describeTopic,
  listTopics,
  setTopicConfigs,
  type ConfigValue,
} from '../../admin/topics.ts'
import { integer, listOf, nullable, object } from '../../cli/json-schema.ts'
import { maxRecordsPerRequest } from '../../controller-rules.ts'
import { route } from '../route.ts'
import { as, mapOf } from '../schema.ts'
import { config, configs, describedTopic, topic, topicName, topicParams } from './schemas.ts'

/** As many as a request of Kafka's may create at once. */
const count = as(integer, { minimum: 1, maximum: maxRecordsPerRequest })

export const topicRoutes = [
  route({
    method: 'GET',
    path: '/v1/topics',
    summary: 'List topics',
    access: 'read',
    answers: {
      200: {
        description: 'In the order of their names.',
        schema: object({ topics: listOf(topic) }),
      },
    },
    run: (_, { broker }) => ({ topics: listTopics(broker().services) }),
  }),
  route({
    method: 'POST',
    path: '/v1/topics',
    summary: 'Create a topic',
    access: 'development',
    body: object({ topic: topicName }, { partitions: count, replicationFactor: count, configs }),
    answers: { 201: { description: 'It can be used at once.', schema: describedTopic } },
    run: ({ body: { topic: name, ...options } }, { broker }) =>
      createTopic(broker().services, name, options as Parameters<typeof createTopic>[2]),
  }),
  route({
    method: 'GET',
    path: '/v1/topics/{topic}',
    summary: 'Describe a topic',
    access: 'read',
    params: topicParams,
    answers: { 200: { description: 'With its partitions.', schema: describedTopic } },
    run: ({ params }, { broker }) => describeTopic(broker().services, params.topic),
  }),
  route({
    method: 'PATCH',
    path: '/v1/topics/{topic}',
    summary: 'Set configs of a topic, or add partitions',
    access: 'development',
    params: topicParams,
    body: object(
      {},
      {
        partitions: as(count, { description: 'How many there are to be: more than there are.' }),
        configs: as(mapOf(nullable(config)), { description: 'null unsets a config.' }),
      },
    ),
    answers: { 200: { description: 'As it is now.', schema: describedTopic } },
    async run({ params: { topic: name }, body: { partitions, configs: set } }, { broker }) {
      if (set !== undefined) {
        await setTopicConfigs(broker().services, name, set as Record<string, ConfigValue | null>)
      }
      if (partitions !== undefined) await addPartitions(broker().services, name, partitions)
      return describeTopic(broker().services, name)
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/topics/{topic}',
    summary: 'Delete a topic',
    access: 'development',
    params: topicParams,
    answers: { 204: { description: 'It is gone; one of the same name can be created at once.' } },
    run: ({ params }, { broker }) => deleteTopic(broker().services, params.topic),
  }),
  route({
    method: 'POST',
    path: '/v1/topics/{topic}/clear',
    summary: 'Remove all records of a topic',
    access: 'development',
    params: topicParams,
    answers: { 204: { description: 'They are gone; offsets go on.' } },
    run: ({ params }, { broker }) => clearTopic(broker().services, params.topic),
  }),
]
