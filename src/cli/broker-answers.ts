/** What brokers answer, as sentences: what happened, why, and what to do. */
import { errorName, errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'

/** What to do, and why where the error alone does not say it. */
const advice: Partial<Record<ErrorName, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "there is no such topic. 'odradek topic' lists those that there are",
  TOPIC_ALREADY_EXISTS: "it exists already. 'odradek topic describe' shows it",
  INVALID_REPLICATION_FACTOR:
    "there are fewer brokers than replicas. 'odradek status' counts them; use a smaller -r",
  GROUP_ID_NOT_FOUND: "there is no such group. 'odradek group' lists those that there are",
  NON_EMPTY_GROUP: "the group has members. Stop them, or remove them by 'odradek group kick'",
  UNKNOWN_MEMBER_ID:
    "the group has members, who commit for themselves. Stop them, or use 'odradek group kick'",
  TOPIC_AUTHORIZATION_FAILED: needsRight('topic'),
  GROUP_AUTHORIZATION_FAILED: needsRight('group'),
  CLUSTER_AUTHORIZATION_FAILED: needsRight('cluster'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: needsRight('transactional-id'),
  SECURITY_DISABLED:
    'the broker has no authorizer. Start it with --secure, or set authorizer.class.name',
  TRANSACTIONAL_ID_NOT_FOUND:
    "there is no such transactional id. 'odradek txn list --all' lists those that there are",
}

/** These say in their own words what is wrong. */
const detailed: readonly ErrorName[] = [
  'INVALID_CONFIG',
  'INVALID_REQUEST',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
  'UNACCEPTABLE_CREDENTIAL',
]

/** Throws what a broker has said of `subject`, like 'topic orders'. */
export function checkAnswer(subject: string, errorCode: number, message?: string | null): void {
  if (errorCode !== errors.NONE) throw answered(subject, errorCode, message)
}

export function answered(subject: string, errorCode: number, message?: string | null): KafkaError {
  const error = errorName(errorCode)
  const said = detailed.includes(error) && message ? message : undefined
  return new KafkaError(error, `${subject}: ${said ?? advice[error] ?? meaning(error)}`)
}

function meaning(error: ErrorName): string {
  return `${new KafkaError(error).message} (${error})`
}

function needsRight(resource: string): string {
  return `not authorized. An ACL for the ${resource} lets you in: see odradek acl add --help`
}
