/**
 * What modules for tests wait for on stdout, as raw lines (docs/docker.md says which one waits for
 * which): they know the logs of Apache Kafka, Confluent's images and Redpanda. Printed when every
 * listener accepts connections and all seeds are loaded.
 */
export const readinessLines: readonly string[] = [
  'Creating new log file',
  '[KafkaServer id=1] started',
  'The broker has been unfenced. Transitioning from RECOVERY to RUNNING.',
  'Kafka Server started',
  'Started Kafka API server',
  'Successfully started Redpanda!',
  'Checking need to trigger auto leader balancing',
  'odradek ready',
]
