/**
 * DescribeConfigs: v0–4. v1 sources and synonyms (KIP-226); v3 types and documentation (KIP-569);
 * v4 flexible. Topics and this broker are answered; other kinds of resources have no configs yet.
 */
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import {
  describeBrokerConfigs,
  describeTopicConfigs,
  type ConfigEntry,
} from '../config/describe.ts'
import { configSources } from '../config/effective.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { checkTopicName } from '../topic-names.ts'

type Request = Infer<typeof describeConfigs.request>
type Resource = Request['resources'][number]

/** Kafka: ConfigResource.Type. */
const topicType = 2
const brokerType = 4

export default handle(describeConfigs, {
  run: (request, context) => ({
    results: request.resources.map(resource => describe(resource, request, context)),
  }),

  fail: (errorCode, { resources }) => ({
    results: resources.map(resource => ({
      ...idOf(resource),
      errorCode,
      errorMessage: null,
      configs: [],
    })),
  }),
})

const idOf = ({ resourceType, resourceName }: Resource) => ({ resourceType, resourceName })

function describe(resource: Resource, request: Request, context: Context) {
  try {
    const keys = resource.configurationKeys
    const configs = entriesOf(resource, context)
      .filter(({ name }) => keys === null || keys.length === 0 || keys.includes(name))
      .map(entry => ({
        ...entry,
        isDefault: entry.configSource === configSources.default,
        synonyms: request.includeSynonyms ? entry.synonyms : [],
        documentation: request.includeDocumentation ? entry.documentation : null,
      }))
    return { ...idOf(resource), errorCode: errors.NONE, errorMessage: null, configs }
  } catch (error) {
    const details = { api: 'DescribeConfigs', ...idOf(resource) }
    const errorCode = errorCodeOf(error, context.logger, details)
    const errorMessage = error instanceof Error ? error.message : null
    return { ...idOf(resource), errorCode, errorMessage, configs: [] }
  }
}

function entriesOf({ resourceType, resourceName }: Resource, context: Context): ConfigEntry[] {
  const { topics, config } = context
  switch (resourceType) {
    case topicType: {
      const topic = topics.get(resourceName)
      if (topic) return describeTopicConfigs(topic.overrides, config)
      checkTopicName(resourceName)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    }
    case brokerType:
      // The empty name stands for the defaults of all brokers, of which none is set.
      if (resourceName === '') return []
      if (resourceName === String(config.nodeId)) return describeBrokerConfigs(config)
      throw new KafkaError('INVALID_REQUEST', `no broker ${resourceName}; this is ${config.nodeId}`)
    default:
      throw new KafkaError('INVALID_REQUEST', `resources of type ${resourceType} have no configs`)
  }
}
