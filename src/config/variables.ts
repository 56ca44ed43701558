/** How names of configs become names of environment variables, as images of Kafka have it. */
export type Variables = Readonly<Record<string, string | undefined>>

/**
 * The config that a variable without its prefix means: `_` stands for a dot, `__` for an
 * underscore, `___` for a dash (Kafka: KafkaDockerWrapper).
 */
export function propertyName(text: string): string {
  const characters: Readonly<Record<string, string>> = { _: '.', __: '_', ___: '-' }
  return text.replace(/_{1,3}/g, run => characters[run]!).toLowerCase()
}

/**
 * Whether Kubernetes or Docker has set the variable because a service or a linked container has
 * that name: KAFKA_PORT=tcp://10.0.0.1:9092, KAFKA_SERVICE_HOST, KAFKA_PORT_9092_TCP_ADDR.
 */
export function isServiceLink(name: string, value: string, prefix: string): boolean {
  const rest = name.slice(prefix.length)
  return (
    /^PORT_\d+_(?:TCP|UDP)(?:_|$)/.test(rest) ||
    /^SERVICE_(?:HOST|PORT)(?:_|$)/.test(rest) ||
    (rest === 'PORT' && value.includes('://'))
  )
}
