/**
 * What may differ between two brokers that behave alike, made equal: values that are chance (ids),
 * time, or place (ports, directories, disks, positions in the metadata log), the words of error
 * messages and documentation, and topics, groups and users of other cases. Nothing else is touched:
 *
 * - An id becomes a label by its first appearance in the case, so that the same id stays the same.
 * - A time of now becomes 'now'; any other stays.
 * - An error message becomes 'some text', or stays null or ''; beside INVALID_CONFIG it stays as
 *   it is, because people search for it.
 * - Lists whose order in Kafka is that of a hash map, or of its own bookkeeping, are sorted; see
 *   `unordered`.
 */
import type { Api } from '../../protocol/api.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { Peer } from './peer.ts'

/** By API: paths of the lists whose order says nothing. */
const unordered: Readonly<Record<string, readonly string[]>> = {
  AddPartitionsToTxn: [
    'resultsByTopicV3AndBelow',
    'resultsByTopicV3AndBelow.resultsByPartition',
    'resultsByTransaction.topicResults',
    'resultsByTransaction.topicResults.resultsByPartition',
  ],
  AlterClientQuotas: ['entries', 'entries.entity'],
  AlterUserScramCredentials: ['results'],
  ApiVersions: ['finalizedFeatures', 'supportedFeatures'],
  CreatePartitions: ['results'],
  ConsumerGroupDescribe: [
    'groups',
    'groups.members',
    'groups.members.subscribedTopicNames',
    'groups.members.assignment.topicPartitions',
    'groups.members.assignment.topicPartitions.partitions',
    'groups.members.targetAssignment.topicPartitions',
    'groups.members.targetAssignment.topicPartitions.partitions',
  ],
  ConsumerGroupHeartbeat: ['assignment.topicPartitions', 'assignment.topicPartitions.partitions'],
  CreateTopics: ['topics'],
  DeleteAcls: ['filterResults.matchingAcls'],
  DeleteGroups: ['results'],
  DeleteRecords: ['topics', 'topics.partitions'],
  DeleteShareGroupOffsets: ['responses'],
  DeleteTopics: ['responses'],
  DescribeAcls: ['resources', 'resources.acls'],
  DescribeClientQuotas: ['entries', 'entries.entity', 'entries.values'],
  DescribeProducers: ['topics.partitions.activeProducers'],
  DescribeShareGroupOffsets: ['groups', 'groups.topics'],
  DescribeTransactions: ['transactionStates.topics', 'transactionStates.topics.partitions'],
  DescribeUserScramCredentials: ['results', 'results.credentialInfos'],
  DescribeConfigs: ['results', 'results.configs'],
  DescribeGroups: ['groups'],
  DescribeLogDirs: ['results.topics', 'results.topics.partitions'],
  Fetch: ['responses.partitions'],
  ListGroups: ['groups'],
  ListOffsets: ['topics'],
  ListTransactions: ['transactionStates'],
  Metadata: ['topics', 'topics.partitions'],
  OffsetCommit: ['topics'],
  OffsetDelete: ['topics', 'topics.partitions'],
  OffsetFetch: ['topics', 'groups.topics'],
  Produce: ['responses', 'responses.partitionResponses'],
  ShareFetch: ['responses'],
  ShareGroupDescribe: [
    'groups',
    'groups.members.subscribedTopicNames',
    'groups.members.assignment.topicPartitions',
  ],
  StreamsGroupDescribe: ['groups'],
  ShareGroupHeartbeat: ['assignment.topicPartitions'],
  TxnOffsetCommit: ['topics', 'topics.partitions'],
  WriteTxnMarkers: ['markers', 'markers.topics', 'markers.topics.partitions'],
}

const uuidText = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g
const hourMs = 3_600_000

type Struct = Readonly<Record<string, unknown>>

export class Normaliser {
  readonly #peer: Peer
  readonly #ownPrefixes: string[]
  readonly #user: string
  readonly #labels = new Map<string, string>()

  constructor(peer: Peer, ownPrefix: string, user: string) {
    this.#peer = peer
    this.#ownPrefixes = [ownPrefix]
    this.#user = user
  }

  /** Gives an id a name before it appears. */
  know(id: string, label: string): void {
    this.#labels.set(id, label)
  }

  /** Topics and groups whose names begin so belong to the case. */
  own(prefix: string): void {
    this.#ownPrefixes.push(prefix)
  }

  answer({ name }: Pick<Api, 'name'>, answer: unknown): unknown {
    const sorted = this.#sorted(this.#withoutOthers(answer), '', unordered[name] ?? [])
    const ofQuorum = name === 'DescribeQuorum' ? withoutPlaces(sorted) : sorted
    return this.#value('', ofQuorum, {})
  }

  /** Without the topics and groups of other cases. */
  #withoutOthers(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.filter(item => !this.#isOthers(item)).map(item => this.#withoutOthers(item))
    }
    if (!isStruct(value)) return value
    return mapValues(value, field => this.#withoutOthers(field))
  }

  #isOthers(item: unknown): boolean {
    if (!isStruct(item)) return false
    return [
      'name',
      'topic',
      'topicName',
      'groupId',
      'resourceName',
      'user',
      'transactionalId',
      'principal',
    ].some(key => {
      const name = typeof item[key] === 'string' ? item[key].replace(/^User:/, '') : ''
      if (!name.startsWith('oracle-') || name === this.#user) return false
      return !this.#ownPrefixes.some(prefix => name.startsWith(`${prefix}-`))
    })
  }

  #sorted(value: unknown, path: string, lists: readonly string[]): unknown {
    if (Array.isArray(value)) {
      const items = value.map(item => this.#sorted(item, path, lists))
      if (!lists.includes(path)) return items
      return items.toSorted((a, b) => compare(this.#sortKey(a), this.#sortKey(b)))
    }
    if (!isStruct(value)) return value
    return mapValues(value, (field, name) => {
      return this.#sorted(field, path === '' ? name : `${path}.${name}`, lists)
    })
  }

  /** What does not differ between two brokers. */
  #sortKey(item: unknown): string {
    return JSON.stringify(item, (key, value: unknown) => {
      return isId(key, value) ? (this.#labels.get(String(value)) ?? 'unknown') : value
    })
  }

  #value(key: string, value: unknown, siblings: Struct): unknown {
    if (value instanceof Uint8Array) return bytesText(value)
    if (isBuffers(value)) return bytesText(Buffer.concat(value))
    if (Array.isArray(value)) return value.map(item => this.#value(key, item, siblings))
    if (isStruct(value)) {
      return mapValues(value, (field, name) => this.#value(name, field, value))
    }
    if (typeof value === 'number') return this.#number(key, value)
    if (typeof value === 'string') return this.#string(key, value, siblings)
    return value
  }

  #number(key: string, value: number): unknown {
    if (/errorCode$/i.test(key)) return errorName(value)
    // A broker of several names any of them, as nobody but brokers may ask the controller (KRaft).
    if (key === 'controllerId' && value > 0 && this.#peer.brokers.length > 1) return 'a broker'
    if (key === 'port') return this.#port(value)
    if (/^(total|usable)Bytes$/.test(key) && value > 0) return 'bytes of a disk'
    if (key === 'finalizedFeaturesEpoch' && value >= 0) return 'a position in the metadata log'
    if (key === 'producerId' && value >= 0) return this.#label(key, String(value))
    if (key === 'sessionId' && value > 0) return this.#label(key, String(value))
    if (/(Ms|Timestamp|timestamp)$/.test(key) && isNow(value)) return 'now'
    return value
  }

  #port(port: number): unknown {
    const index = this.#peer.brokers.findIndex(address => address.endsWith(`:${port}`))
    return index < 0 ? port : `port of broker ${index + 1}`
  }

  #string(key: string, text: string, siblings: Struct): string {
    if (/message$/i.test(key)) {
      const isSearchedFor = siblings['errorCode'] === errors.INVALID_CONFIG
      return text === '' || isSearchedFor ? text : 'some text'
    }
    if (key === 'documentation') return text === '' ? text : 'some text'
    if (key === 'logDir' && text !== '') return 'a directory'
    if (key === 'clusterId' && text === this.#peer.clusterId) return 'cluster id'
    if (isId(key, text)) return this.#label(key, text)
    return text.replace(uuidText, id => this.#label('uuid', id))
  }

  #label(kind: string, id: string): string {
    const known = this.#labels.get(id)
    if (known !== undefined) return known
    const label = `${kind} ${this.#labels.size + 1}`
    this.#labels.set(id, label)
    return label
  }
}

/** Without positions in the metadata log, how often its leader was elected, and their ports. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces)
  if (!isStruct(value)) return value
  return mapValues(value, (field, name) => {
    const isPlace = ['highWatermark', 'logEndOffset', 'leaderEpoch', 'port'].includes(name)
    return isPlace && Number(field) > 0 ? 'somewhere' : withoutPlaces(field)
  })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** An id that a broker has made: those that are nearly 0 are Kafka's, or a case's. */
function isId(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || !/Ids?$|Director(y|ies)$/.test(key)) return false
  return /^[\w-]{22}$/.test(value) && !value.startsWith('AAAAAAAAAAAAAAAAAA')
}

function isStruct(value: unknown): value is Struct {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

function isBuffers(value: unknown): value is Uint8Array[] {
  return Array.isArray(value) && value.length > 0 && value.every(v => v instanceof Uint8Array)
}

function mapValues(struct: Struct, map: (value: unknown, name: string) => unknown): Struct {
  return Object.fromEntries(Object.entries(struct).map(([key, value]) => [key, map(value, key)]))
}

function bytesText(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${Buffer.from(bytes).toString('hex')}`
}

function isNow(timeMs: number): boolean {
  return Math.abs(timeMs - Date.now()) < hourMs
}
