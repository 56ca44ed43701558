/** What a decoded request is about: the topics, groups and transactional ids that it names. */

import { zeroUuid } from '../protocol/wire.ts'

/** A topic as a request or an answer names it: by name, by id, or both. */
export interface NamedTopic {
  /** Empty where only the id is known. */
  readonly name: string
  readonly topicId: string | undefined
  /** Undefined where it names none. */
  readonly partitions: readonly number[] | undefined
}

export interface RequestFacts {
  readonly topics: readonly NamedTopic[]
  readonly groups: readonly string[]
  readonly transactionalIds: readonly string[]
}

interface Found {
  topics: NamedTopic[]
  groups: string[]
  transactionalIds: string[]
}

type Struct = Readonly<Record<string, unknown>>

/** What a field means that goes by this name in whichever request. */
const readers: Readonly<Record<string, (value: unknown, found: Found) => void>> = {
  groupId: (value, { groups }) => addTexts(groups, [value]),
  groupIds: (value, { groups }) => addTexts(groups, value),
  groupsNames: (value, { groups }) => addTexts(groups, value),
  groups(value, found) {
    addTexts(found.groups, value)
    visitAll(value, found)
  },
  transactionalId: (value, { transactionalIds }) => addTexts(transactionalIds, [value]),
  v3AndBelowTransactionalId: (value, found) => addTexts(found.transactionalIds, [value]),
  transactionalIds: (value, found) => addTexts(found.transactionalIds, value),
  transactions: visitAll,
  markers: visitAll,
  dirs: visitAll,
  topics: addTopics,
  topicData: addTopics,
  topicNames: addTopics,
  topicPartitions: addTopics,
  subscribedTopicNames: addTopics,
  v3AndBelowTopics: addTopics,
  resources: addResources,
}

/** Kafka: ConfigResource.Type. */
const resourceTypes = { topic: 2, group: 32 }

/** Kafka: FindCoordinatorRequest.CoordinatorType. */
const keyTypes = { group: 0, transaction: 1 }

export function requestFacts(request: unknown): RequestFacts {
  const found: Found = { topics: [], groups: [], transactionalIds: [] }
  if (isStruct(request)) {
    visit(request, found)
    if ('coordinatorKeys' in request) addCoordinatorKeys(request, found)
  }
  return found
}

function visit(struct: Struct, found: Found): void {
  for (const [field, value] of Object.entries(struct)) readers[field]?.(value, found)
}

function visitAll(value: unknown, found: Found): void {
  for (const each of listOf(value)) if (isStruct(each)) visit(each, found)
}

function addTexts(texts: string[], value: unknown): void {
  for (const each of listOf(value)) {
    if (typeof each === 'string' && each !== '' && !texts.includes(each)) texts.push(each)
  }
}

function addTopics(value: unknown, { topics }: Found): void {
  for (const each of listOf(value)) topics.push(namedTopic(each))
}

function addResources(value: unknown, { topics, groups }: Found): void {
  for (const each of listOf(value)) {
    if (!isStruct(each)) continue
    const { resourceType, resourceName } = each
    if (resourceType === resourceTypes.topic) topics.push(namedTopic(resourceName))
    if (resourceType === resourceTypes.group) addTexts(groups, [resourceName])
  }
}

/** Of FindCoordinator, which asks for several since v4. */
function addCoordinatorKeys({ key, coordinatorKeys, keyType }: Struct, found: Found): void {
  const asked = [key, ...listOf(coordinatorKeys)]
  if (keyType === keyTypes.group) addTexts(found.groups, asked)
  if (keyType === keyTypes.transaction) addTexts(found.transactionalIds, asked)
}

/** A topic, from whatever a message has in its place. */
export function namedTopic(element: unknown): NamedTopic {
  if (!isStruct(element)) {
    return { name: textOf(element), topicId: undefined, partitions: undefined }
  }
  const key = partitionsKey(element)
  return {
    name: textOf(element['name'] ?? element['topic'] ?? element['topicName']),
    topicId: idOf(element['topicId']),
    partitions: key === undefined ? undefined : listOf(element[key]).map(partitionIndex),
  }
}

/** The field of a topic that lists its partitions, if it has one. */
export function partitionsKey(topic: Struct): string | undefined {
  return partitionsKeys.find(key => Array.isArray(topic[key]))
}

const partitionsKeys = [
  'partitions',
  'partitionIndexes',
  'partitionData',
  'partitionResponses',
  'resultsByPartition',
]

export function partitionIndex(element: unknown): number {
  if (!isStruct(element)) return element as number
  return (element['partitionIndex'] ?? element['partition'] ?? element['index']) as number
}

/** Versions without ids have the zero one in their place. */
function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== zeroUuid ? value : undefined
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null
}
