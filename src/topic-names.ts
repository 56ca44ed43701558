import { KafkaError } from '../protocol/errors.ts'

const maxNameLength = 249
const legal = /^[a-zA-Z0-9._-]+$/

/** Topics that brokers keep for themselves; clients may read but not write them. */
const internal: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state'])

export function isInternalTopic(name: string): boolean {
  return internal.has(name)
}

/** The log of Kafka's controllers, which is no topic to clients. */
export function isControllersTopic(name: string): boolean {
  return name === '__cluster_metadata'
}

/** Throws INVALID_TOPIC_EXCEPTION unless the name is legal (Kafka: Topic.validate). */
export function checkTopicName(name: string): void {
  const reason =
    name === ''
      ? 'a topic name is empty'
      : name === '.' || name === '..'
        ? `a topic cannot be named '${name}'`
        : name.length > maxNameLength
          ? `a topic name has ${name.length} characters; ${maxNameLength} are allowed`
          : legal.test(name)
            ? undefined
            : `topic name '${name}' has characters besides ASCII letters, digits, '.', '_' and '-'`
  if (reason) throw new KafkaError('INVALID_TOPIC_EXCEPTION', reason)
}

/**
 * Names that differ only in '.' and '_' are one name to metrics systems, so Kafka refuses the
 * second of them.
 */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}
