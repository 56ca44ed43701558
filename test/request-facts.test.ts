import { expect, test } from 'vitest'
import type { Field } from '../protocol/schema.ts'
import { handlers } from '../src/handlers/index.ts'
import { requestFacts } from '../src/request-facts.ts'
import { loadHandlers } from '../src/served-api.ts'

/** A message in which each field has a value that says what it is, and each list one element. */
function sample(field: Field, name = ''): unknown {
  const { type, element, fields } = field.facts
  if (type === 'struct') {
    const named = Object.entries(fields!).map(([key, each]) => [key, sample(each, key)])
    return Object.fromEntries(named)
  }
  if (type === 'array') return [sample(element!, name)]
  if (type === 'string') return /^name$|^topic|Topic/.test(name) ? 'a topic' : `a ${name}`
  return type === 'uuid' ? 'an id' : 7
}

const loaded = await loadHandlers(handlers)

const factsByApi = Object.fromEntries(
  loaded.map(({ api }) => [api.name, requestFacts(sample(api.request))]),
)

test('groups are known of every API that is about groups', () => {
  const about = Object.keys(factsByApi).filter(api => factsByApi[api]!.groups.length > 0)
  expect(about).toEqual(
    [
      'OffsetCommit OffsetFetch JoinGroup Heartbeat LeaveGroup SyncGroup DescribeGroups',
      'AddOffsetsToTxn TxnOffsetCommit DeleteGroups OffsetDelete ConsumerGroupHeartbeat',
      'ConsumerGroupDescribe ShareGroupHeartbeat ShareGroupDescribe ShareFetch ShareAcknowledge',
      'InitializeShareGroupState ReadShareGroupState WriteShareGroupState DeleteShareGroupState',
      'ReadShareGroupStateSummary StreamsGroupHeartbeat StreamsGroupDescribe',
      'DescribeShareGroupOffsets AlterShareGroupOffsets DeleteShareGroupOffsets',
    ].flatMap(line => line.split(' ')),
  )
})

test('transactional ids are known of every API that is about transactions', () => {
  const about = Object.keys(factsByApi).filter(api => factsByApi[api]!.transactionalIds.length > 0)
  expect(about).toEqual([
    'Produce',
    'InitProducerId',
    'AddPartitionsToTxn',
    'AddOffsetsToTxn',
    'EndTxn',
    'TxnOffsetCommit',
    'DescribeTransactions',
  ])
})

test('topics are known of every API whose request has some', () => {
  const hasTopics = ({ facts }: Field): boolean =>
    Object.entries(facts.fields ?? {}).some(([name, field]) => {
      const { type, element } = field.facts
      const isOfTopics = /^topics?$|topicData|[tT]opicNames|topicPartitions|BelowTopics/.test(name)
      return (type === 'array' && isOfTopics) || (element ? hasTopics(element) : false)
    })
  const expected = loaded.filter(({ api }) => hasTopics(api.request)).map(({ api }) => api.name)
  const about = Object.keys(factsByApi).filter(api => factsByApi[api]!.topics.length > 0)
  expect(about).toEqual(expected)
  expect(about).toContain('AlterReplicaLogDirs')
})

test('partitions are known where a topic has them', () => {
  expect(factsByApi['Produce']!.topics).toEqual([
    { name: 'a topic', topicId: 'an id', partitions: [7] },
  ])
  expect(factsByApi['OffsetFetch']!.topics).toHaveLength(2)
  expect(factsByApi['CreateTopics']!.topics).toEqual([
    { name: 'a topic', topicId: undefined, partitions: undefined },
  ])
})

test('who looks for a coordinator asks for groups or transactional ids', () => {
  const asked = { key: '', coordinatorKeys: ['a', 'b'] }
  expect(requestFacts({ ...asked, keyType: 0 }).groups).toEqual(['a', 'b'])
  expect(requestFacts({ ...asked, keyType: 1 }).transactionalIds).toEqual(['a', 'b'])
})

test('configs are asked of topics and groups', () => {
  const resources = [
    { resourceType: 2, resourceName: 'orders' },
    { resourceType: 32, resourceName: 'billing' },
    { resourceType: 4, resourceName: '1' },
  ]
  const { topics, groups } = requestFacts({ resources })
  expect([topics.map(({ name }) => name), groups]).toEqual([['orders'], ['billing']])
})
