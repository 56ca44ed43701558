/**
 * Kafka's errors as of 4.3: code, what it means, and whether a client may simply try again
 * (org.apache.kafka.common.protocol.Errors).
 */
const table = {
  UNKNOWN_SERVER_ERROR: [-1, 'the broker failed in a way that it did not expect'],
  NONE: [0, 'no error'],
  OFFSET_OUT_OF_RANGE: [1, 'the partition has no such offset'],
  CORRUPT_MESSAGE: [
    2,
    'the record batch is damaged: checksum, size or content is wrong',
    'retriable',
  ],
  UNKNOWN_TOPIC_OR_PARTITION: [3, 'no such topic or partition here', 'retriable'],
  INVALID_FETCH_SIZE: [4, 'the fetch size is not valid'],
  LEADER_NOT_AVAILABLE: [5, 'the partition has no leader at the moment', 'retriable'],
  NOT_LEADER_OR_FOLLOWER: [6, 'this broker does not serve the partition', 'retriable'],
  REQUEST_TIMED_OUT: [7, 'the request was not done within its timeout', 'retriable'],
  BROKER_NOT_AVAILABLE: [8, 'the broker is not available'],
  REPLICA_NOT_AVAILABLE: [9, 'the replica is not available', 'retriable'],
  MESSAGE_TOO_LARGE: [10, 'the record batch is larger than the limit'],
  STALE_CONTROLLER_EPOCH: [11, 'the controller has moved'],
  OFFSET_METADATA_TOO_LARGE: [12, 'the metadata of a committed offset is too large'],
  NETWORK_EXCEPTION: [13, 'the connection was lost before the answer came', 'retriable'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, 'the coordinator is still loading', 'retriable'],
  COORDINATOR_NOT_AVAILABLE: [15, 'the coordinator is not available', 'retriable'],
  NOT_COORDINATOR: [16, 'this broker is not the coordinator asked for', 'retriable'],
  INVALID_TOPIC_EXCEPTION: [
    17,
    "the topic's name is not valid, or the topic may not be used like this",
  ],
  RECORD_LIST_TOO_LARGE: [18, 'the record batch is larger than a segment'],
  NOT_ENOUGH_REPLICAS: [19, 'too few replicas are in sync; nothing was written', 'retriable'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, 'written, but to too few replicas', 'retriable'],
  INVALID_REQUIRED_ACKS: [21, 'acks must be -1, 0 or 1'],
  ILLEGAL_GENERATION: [22, "the generation is not the group's current one"],
  INCONSISTENT_GROUP_PROTOCOL: [23, 'the member shares no protocol with the group'],
  INVALID_GROUP_ID: [24, 'the group id is not valid'],
  UNKNOWN_MEMBER_ID: [25, 'the group has no such member'],
  INVALID_SESSION_TIMEOUT: [26, 'the session timeout is outside the allowed range'],
  REBALANCE_IN_PROGRESS: [27, 'the group rebalances: join again'],
  INVALID_COMMIT_OFFSET_SIZE: [28, 'the committed offsets are too large to store'],
  TOPIC_AUTHORIZATION_FAILED: [29, 'not authorized for the topic'],
  GROUP_AUTHORIZATION_FAILED: [30, 'not authorized for the group'],
  CLUSTER_AUTHORIZATION_FAILED: [31, 'not authorized for the cluster'],
  INVALID_TIMESTAMP: [32, "a record's timestamp is outside the allowed range"],
  UNSUPPORTED_SASL_MECHANISM: [33, 'the SASL mechanism is not supported'],
  ILLEGAL_SASL_STATE: [34, 'the request does not fit the state of authentication'],
  UNSUPPORTED_VERSION: [35, 'the API has no such version here'],
  TOPIC_ALREADY_EXISTS: [36, 'a topic of that name exists already'],
  INVALID_PARTITIONS: [37, 'the number of partitions is not valid'],
  INVALID_REPLICATION_FACTOR: [
    38,
    'the replication factor is below 1 or above the number of brokers',
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, 'the replica assignment is not valid'],
  INVALID_CONFIG: [40, 'the configuration is not valid'],
  NOT_CONTROLLER: [41, 'this node is not the controller', 'retriable'],
  INVALID_REQUEST: [42, 'the request contradicts itself or the protocol'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, 'the stored message format does not allow this'],
  POLICY_VIOLATION: [44, 'the request violates a policy of this cluster'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, "the producer's sequence has a gap or goes back"],
  DUPLICATE_SEQUENCE_NUMBER: [46, "the producer's sequence was written before"],
  INVALID_PRODUCER_EPOCH: [47, "the producer's epoch is older than one seen before"],
  INVALID_TXN_STATE: [48, 'the transaction is in a state that does not allow this'],
  INVALID_PRODUCER_ID_MAPPING: [49, 'the transactional id has another producer id'],
  INVALID_TRANSACTION_TIMEOUT: [50, 'the transaction timeout is not positive or above the limit'],
  CONCURRENT_TRANSACTIONS: [
    51,
    'another operation on the transaction is still running',
    'retriable',
  ],
  TRANSACTION_COORDINATOR_FENCED: [52, 'a newer transaction coordinator has taken over'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, 'not authorized for the transactional id'],
  SECURITY_DISABLED: [54, 'security is not enabled'],
  OPERATION_NOT_ATTEMPTED: [55, 'not attempted, because another part of the request failed'],
  KAFKA_STORAGE_ERROR: [56, "the partition's storage failed", 'retriable'],
  LOG_DIR_NOT_FOUND: [57, 'no such log directory'],
  SASL_AUTHENTICATION_FAILED: [58, 'authentication failed'],
  UNKNOWN_PRODUCER_ID: [59, 'nothing is known of the producer id'],
  REASSIGNMENT_IN_PROGRESS: [60, 'a reassignment is running'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, 'delegation tokens are not enabled'],
  DELEGATION_TOKEN_NOT_FOUND: [62, 'no such delegation token'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, 'the delegation token belongs to somebody else'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [
    64,
    'delegation tokens are not served on this kind of connection',
  ],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, 'not authorized for the delegation token'],
  DELEGATION_TOKEN_EXPIRED: [66, 'the delegation token has expired'],
  INVALID_PRINCIPAL_TYPE: [67, 'the type of principal is not supported'],
  NON_EMPTY_GROUP: [68, 'the group has members'],
  GROUP_ID_NOT_FOUND: [69, 'no such group'],
  FETCH_SESSION_ID_NOT_FOUND: [70, 'no such fetch session', 'retriable'],
  INVALID_FETCH_SESSION_EPOCH: [71, 'the fetch session is at another epoch', 'retriable'],
  LISTENER_NOT_FOUND: [72, 'the leader has no such listener', 'retriable'],
  TOPIC_DELETION_DISABLED: [73, 'topics may not be deleted here'],
  FENCED_LEADER_EPOCH: [74, 'the leader epoch in the request is too old', 'retriable'],
  UNKNOWN_LEADER_EPOCH: [
    75,
    "the leader epoch in the request is newer than the partition's",
    'retriable',
  ],
  UNSUPPORTED_COMPRESSION_TYPE: [76, 'the compression type is not supported'],
  STALE_BROKER_EPOCH: [77, 'the broker epoch has changed'],
  OFFSET_NOT_AVAILABLE: [78, 'the new leader does not know its offsets yet', 'retriable'],
  MEMBER_ID_REQUIRED: [79, 'join again with the member id given here'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, 'the preferred leader is not available', 'retriable'],
  GROUP_MAX_SIZE_REACHED: [81, 'the group has as many members as it may have'],
  FENCED_INSTANCE_ID: [82, 'another member has taken over the group instance id'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, 'no replica may become leader', 'retriable'],
  ELECTION_NOT_NEEDED: [84, 'the partition needs no election', 'retriable'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, 'no reassignment is running'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, 'the group is subscribed to the topic'],
  INVALID_RECORD: [87, 'a record breaks a rule of its format or of the topic'],
  UNSTABLE_OFFSET_COMMIT: [88, 'offsets wait for the end of a transaction', 'retriable'],
  THROTTLING_QUOTA_EXCEEDED: [89, 'a quota is used up: try again later', 'retriable'],
  PRODUCER_FENCED: [90, 'a newer producer uses the transactional id'],
  RESOURCE_NOT_FOUND: [91, 'no such resource'],
  DUPLICATE_RESOURCE: [92, 'the resource is named more than once'],
  UNACCEPTABLE_CREDENTIAL: [93, 'the credential does not meet the rules'],
  INCONSISTENT_VOTER_SET: [94, 'sender or receiver is not one of the voters'],
  INVALID_UPDATE_VERSION: [95, 'the version of the update is not valid'],
  FEATURE_UPDATE_FAILED: [96, 'the features were not updated'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, 'the forwarded principal could not be read'],
  SNAPSHOT_NOT_FOUND: [98, 'no such snapshot'],
  POSITION_OUT_OF_RANGE: [99, 'the position is outside the snapshot'],
  UNKNOWN_TOPIC_ID: [100, 'no topic with that id here', 'retriable'],
  DUPLICATE_BROKER_REGISTRATION: [101, 'the broker id is in use'],
  BROKER_ID_NOT_REGISTERED: [102, 'no broker is registered with that id'],
  INCONSISTENT_TOPIC_ID: [103, 'the topic has another id', 'retriable'],
  INCONSISTENT_CLUSTER_ID: [104, 'the cluster has another id'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, 'no such transactional id'],
  FETCH_SESSION_TOPIC_ID_ERROR: [
    106,
    'the fetch session mixes topic names and topic ids',
    'retriable',
  ],
  INELIGIBLE_REPLICA: [107, 'a replica may not be in sync'],
  NEW_LEADER_ELECTED: [108, 'done, but the partition has a new leader'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, 'the offset lies in tiered storage'],
  FENCED_MEMBER_EPOCH: [110, 'the member is fenced: give up all partitions and join again'],
  UNRELEASED_INSTANCE_ID: [111, 'another member still uses the group instance id'],
  UNSUPPORTED_ASSIGNOR: [112, 'the group does not support the assignor'],
  STALE_MEMBER_EPOCH: [113, 'the member epoch is out of date'],
  MISMATCHED_ENDPOINT_TYPE: [114, 'the request belongs to another type of endpoint'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, 'the type of endpoint is not supported'],
  UNKNOWN_CONTROLLER_ID: [116, 'no controller with that id'],
  UNKNOWN_SUBSCRIPTION_ID: [117, 'the telemetry subscription is unknown or out of date'],
  TELEMETRY_TOO_LARGE: [118, 'the telemetry is larger than the limit'],
  INVALID_REGISTRATION: [119, "the broker's registration is not valid"],
  TRANSACTION_ABORTABLE: [120, 'the transaction failed and can be aborted'],
  INVALID_RECORD_STATE: [121, "the record's state does not allow this acknowledgement"],
  SHARE_SESSION_NOT_FOUND: [122, 'no such share session', 'retriable'],
  INVALID_SHARE_SESSION_EPOCH: [123, 'the share session is at another epoch', 'retriable'],
  FENCED_STATE_EPOCH: [124, "the share group's state is at another epoch"],
  INVALID_VOTER_KEY: [125, "the voter's key is not that of the receiver"],
  DUPLICATE_VOTER: [126, 'the voter is one already'],
  VOTER_NOT_FOUND: [127, 'no such voter'],
  INVALID_REGULAR_EXPRESSION: [128, 'the regular expression is not valid'],
  REBOOTSTRAP_REQUIRED: [129, 'the client must start again from its bootstrap servers'],
  STREAMS_INVALID_TOPOLOGY: [130, 'the topology is not valid'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, 'the epoch of the topology is not valid'],
  STREAMS_TOPOLOGY_FENCED: [132, 'the topology is out of date'],
  SHARE_SESSION_LIMIT_REACHED: [133, 'no more share sessions can be opened', 'retriable'],
} as const satisfies Record<string, readonly [number, string, 'retriable'?]>

/** Kafka's name of an error. */
export type ErrorName = keyof typeof table

/** The wire's code of each error. */
export const errors = Object.fromEntries(
  Object.entries(table).map(([name, [code]]) => [name, code]),
) as { readonly [Name in ErrorName]: number }

const names = new Map<number, ErrorName>(
  Object.entries(errors).map(([name, code]) => [code, name as ErrorName]),
)

/** A code that nobody knows is UNKNOWN_SERVER_ERROR, as clients take it. */
export function errorName(code: number): ErrorName {
  return names.get(code) ?? 'UNKNOWN_SERVER_ERROR'
}

/** An error that a client is told by its code; the message is for logs and error-message fields. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly error: ErrorName
  readonly code: number
  /** What is special about this case; null where the error says it all. */
  readonly detail: string | null
  /** The same request may succeed later. */
  readonly retriable: boolean

  constructor(error: ErrorName, message?: string) {
    const [code, meaning, retriable] = table[error] as readonly [number, string, 'retriable'?]
    super(message ?? meaning)
    this.error = error
    this.code = code
    this.detail = message ?? null
    this.retriable = retriable !== undefined
  }
}
