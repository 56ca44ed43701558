import { InvalidInput } from '../admin/invalid-input.ts'
import { checkTopicName } from '../topic-names.ts'
import type { TopicEntry } from './entry.ts'

/**
 * The topics of KAFKA_CREATE_TOPICS, as in 'orders:3:1,prices:1:1:compact': name, partitions,
 * replicas, and cleanup.policy; all but the name may be left out. In between are commas or line
 * ends. Throws InvalidInput.
 */
export function parseCreateTopics(text: string): TopicEntry[] {
  return text
    .split(/[,\n]/)
    .map(each => each.trim())
    .filter(each => each !== '')
    .map(parseTopic)
}

function parseTopic(text: string): TopicEntry {
  const [name, partitions, replicas, policy, ...others] = text.split(':').map(each => each.trim())
  if (others.length > 0) throw invalid(text, 'there is more than name:partitions:replicas:policy')
  try {
    checkTopicName(name!)
  } catch (error) {
    throw invalid(text, (error as Error).message)
  }
  return {
    kind: 'topic',
    name: name!,
    partitions: count(text, partitions),
    replicationFactor: count(text, replicas),
    configs: policy ? { 'cleanup.policy': policy.replaceAll('+', ',') } : {},
  }
}

function count(text: string, number: string | undefined): number | undefined {
  if (number === undefined || number === '') return undefined
  if (/^[1-9]\d{0,5}$/.test(number)) return Number(number)
  throw invalid(text, `${JSON.stringify(number)} is no number from 1 on`)
}

function invalid(text: string, reason: string): InvalidInput {
  return new InvalidInput(
    `KAFKA_CREATE_TOPICS: ${text}: ${reason}. Write name:partitions:replicas:policy,` +
      ' as in orders:3:1,prices:1:1:compact',
  )
}
