import { KafkaError } from '../../protocol/errors.ts'
import type { ConfigResources } from './resources.ts'
import { checkTopicConfigs } from '../config.ts'
import { altered, type Alteration } from '../config/alter.ts'
import { describeTopicConfigs } from '../config/describe.ts'
import type { Overrides } from '../config/effective.ts'
import { isTopicConfig, topicConfigs } from '../config/topic-configs.ts'
import type { Services } from '../handler.ts'
import { checkTopicName } from '../topic-names.ts'

export const topicResources: ConfigResources = {
  guardedAs: 'topic',

  names: ({ topics }) => topics.all().map(({ name }) => name),

  describe(name, { topics, config }) {
    checkTopicName(name)
    const topic = topics.get(name)
    if (topic) return describeTopicConfigs(topic.overrides, config)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', '')
  },

  async alter(name, { alteration, validateOnly, checkRights }, context) {
    checkRights()
    await alterTopicConfigs(name, alteration, validateOnly, context)
  },
}

/** They hold, durably, when this resolves. Throws what Kafka answers. */
export async function alterTopicConfigs(
  name: string,
  alteration: Alteration,
  validateOnly: boolean,
  { topics, config }: Pick<Services, 'topics' | 'config'>,
): Promise<void> {
  const change = (current: Overrides): Record<string, string> => {
    const overrides = altered(current, alteration, listDefault)
    if (name === '') throw new KafkaError('INVALID_REQUEST', 'a topic needs a name')
    checkTopicName(name)
    return { ...checkTopicConfigs(overrides, config) }
  }
  const topic = topics.get(name)
  // What is wrong with the configs is told first, even of a topic that there is not.
  change(topic?.overrides ?? {})
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`)
  }
  if (validateOnly) return
  await topics.update(topic, row => ({ ...row, configs: change(row.configs) }))
}

function listDefault(name: string): string | undefined {
  if (!isTopicConfig(name)) return undefined
  const { type, default: initial } = topicConfigs[name]
  return type === 'LIST' ? (initial ?? '') : undefined
}
