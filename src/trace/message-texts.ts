/** What a message says, in a few words each. Only what is known to be no secret is put in words. */
import { errorName } from '../../protocol/errors.ts'
import { namedTopic, partitionIndex, partitionsKey, requestFacts } from '../request-facts.ts'

type Struct = Readonly<Record<string, unknown>>

/** The name of a topic with this id, as far as there is one. */
export type TopicName = (topicId: string) => string | undefined

/** More of a kind are counted only. */
const most = 4

/** What a request asks for: 'orders/0@41', 'group billing', … */
export function requestTexts(request: unknown, topicName: TopicName): string[] {
  if (!isStruct(request)) return []
  const { groups, transactionalIds } = requestFacts(request)
  return [
    ...groups.map(group => `group ${group}`),
    ...transactionalIds.map(id => `transaction ${id}`),
    ...numbersOf(request, requestNumbers),
    ...fewOf(topicsIn(request).flatMap(topic => topicTexts(topic, topicName))),
  ]
}

/** What an answer says: its errors, or 'ok', and where something is. */
export function answerTexts(answer: unknown, topicName: TopicName): string[] {
  if (!isStruct(answer)) return []
  const failed = errorsIn(answer, '', topicName)
  const told = topicsIn(answer).flatMap(topic => placedTexts(topic, topicName))
  const texts = failed.length > 0 ? fewOf(failed) : ['ok']
  return [...texts, ...numbersOf(answer, answerNumbers), ...fewOf(told)]
}

const requestNumbers: Readonly<Record<string, string>> = {
  generationId: 'generation',
  generationIdOrMemberEpoch: 'generation',
  memberEpoch: 'epoch',
  sessionId: 'session',
}

const answerNumbers: Readonly<Record<string, string>> = {
  generationId: 'generation',
  memberEpoch: 'epoch',
  producerId: 'producer',
  producerEpoch: 'epoch',
  nodeId: 'node',
}

function numbersOf(struct: Struct, names: Readonly<Record<string, string>>): string[] {
  return Object.entries(names).flatMap(([field, name]) => {
    const value = struct[field]
    return typeof value === 'number' && value > 0 ? [`${name} ${value}`] : []
  })
}

/** Topics, wherever a message has them. */
function topicsIn(struct: Struct): unknown[] {
  return Object.entries(struct).flatMap(([field, value]): unknown[] => {
    if (!Array.isArray(value)) return []
    if (topicFields.has(field)) return value
    return nestingFields.has(field) ? value.filter(isStruct).flatMap(topicsIn) : []
  })
}

const topicFields: ReadonlySet<string> = new Set([
  'topics',
  'topicData',
  'topicNames',
  'topicPartitions',
  'subscribedTopicNames',
  'v3AndBelowTopics',
  'responses',
  'resultsByTopicV3AndBelow',
])

const nestingFields: ReadonlySet<string> = new Set(['groups', 'transactions', 'markers', 'dirs'])

function topicTexts(topic: unknown, topicName: TopicName): string[] {
  const name = nameOf(topic, topicName)
  if (name === '') return []
  const partitions = partitionsOf(topic)
  return partitions.length === 0 ? [name] : partitions.map(each => `${name}/${askedText(each)}`)
}

/** A partition of a request: with the offset, or how much is in it. */
function askedText(partition: unknown): string {
  const index = partitionIndex(partition)
  if (!isStruct(partition)) return `${index}`
  const { recordCount, bytes, fetchOffset, committedOffset, timestamp } = partition
  if (typeof bytes === 'number') return `${index} (${counted(recordCount, 'record')}, ${bytes} B)`
  const place = fetchOffset ?? committedOffset ?? timestamp
  return typeof place === 'number' ? `${index}@${place}` : `${index}`
}

/** Partitions of an answer that say where something is, or how much of it. */
function placedTexts(topic: unknown, topicName: TopicName): string[] {
  const name = nameOf(topic, topicName)
  return partitionsOf(topic).flatMap(partition => {
    if (!isStruct(partition) || failureOf(partition)) return []
    const { bytes, baseOffset, committedOffset, offset, lowWatermark } = partition
    const at = baseOffset ?? committedOffset ?? offset ?? lowWatermark
    const text = typeof bytes === 'number' ? ` ${bytes} B` : typeof at === 'number' ? `@${at}` : ''
    return text === '' ? [] : [`${name}/${partitionIndex(partition)}${text}`]
  })
}

/** Each error with the topic, group or other thing that it is for, if there is one. */
function errorsIn(struct: Struct, where: string, topicName: TopicName): string[] {
  const code = failureOf(struct)
  const own = code === 0 ? [] : [`${errorName(code)}${where === '' ? '' : ` (${where})`}`]
  const inner = Object.entries(struct).flatMap(([field, value]) => {
    if (!Array.isArray(value)) return []
    const isPartitions = field === partitionsKey(struct)
    return value.filter(isStruct).flatMap(each => {
      const name = isPartitions ? `${where}/${partitionIndex(each)}` : placeOf(each, topicName)
      return errorsIn(each, name || where, topicName)
    })
  })
  return [...new Set([...own, ...inner])]
}

function failureOf({ errorCode, partitionErrorCode }: Struct): number {
  const code = errorCode ?? partitionErrorCode
  return typeof code === 'number' ? code : 0
}

function placeOf(struct: Struct, topicName: TopicName): string {
  const { groupId, transactionalId, key, memberId, resourceName, user } = struct
  const name = nameOf(struct, topicName)
  const place = name || (groupId ?? transactionalId ?? key ?? memberId ?? resourceName ?? user)
  return typeof place === 'string' ? place : ''
}

function nameOf(topic: unknown, topicName: TopicName): string {
  const { name, topicId } = namedTopic(topic)
  return name || (topicId === undefined ? '' : (topicName(topicId) ?? topicId))
}

function partitionsOf(topic: unknown): readonly unknown[] {
  if (!isStruct(topic)) return []
  const key = partitionsKey(topic)
  return key === undefined ? [] : (topic[key] as readonly unknown[])
}

function fewOf(texts: readonly string[]): string[] {
  return texts.length <= most
    ? [...texts]
    : [...texts.slice(0, most - 1), `and ${texts.length - most + 1} more`]
}

function counted(count: unknown, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`
}

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null
}
