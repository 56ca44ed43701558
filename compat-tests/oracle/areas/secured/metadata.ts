/** What users see of the cluster and its topics. */
import { metadata } from '../../../../protocol/apis/03-metadata.ts'
import { describeCluster } from '../../../../protocol/apis/60-describe-cluster.ts'
import * as pages from '../../../../protocol/apis/75-describe-topic-partitions.ts'
import type { Input } from '../../../../protocol/schema.ts'
import { guarded, type Need } from '../../guarded.ts'
import { operations, type Right } from '../../rights.ts'
import { twoTopics } from './topics.ts'

const { describeTopicPartitions } = pages

type Request = Input<typeof metadata.request>

function named(names: readonly string[], allowAutoTopicCreation = false): Request {
  return { topics: names.map(name => ({ name })), allowAutoTopicCreation }
}

const describe: Need = ['describe', 'topic']
const describeB: Need = ['describe', 'topic', 'b']
const clusterOperations = Object.keys(operations) as Right['operation'][]

export const securedMetadataScenarios = [
  ...guarded(metadata, 'of two topics', [describe, describeB], async s => {
    const names = (await twoTopics(s)).map(({ name }) => name)
    return named([...names, s.name('unknown')])
  }),
  ...guarded(metadata, 'of all topics', [describe], async s => {
    await twoTopics(s)
    return { topics: s.version === 0 ? [] : null }
  }),
  ...guarded(
    metadata,
    'of two topics by id',
    [describe],
    async s => {
      const topics = (await twoTopics(s)).map(({ id }) => ({ name: null, topicId: id }))
      return { topics, allowAutoTopicCreation: false }
    },
    { since: 10 },
  ),
  ...guarded(metadata, 'of a topic and an invalid name', [describe], async s => {
    const { name } = await s.topic()
    return named([name, 'a/b', ''])
  }),
  ...[
    'read',
    'write',
    'delete',
    'alter',
    'create',
    'describeConfigs',
    'alterConfigs',
    'all',
  ].flatMap(operation => {
    const needs: Need[] = [[operation as Right['operation'], 'topic']]
    return guarded(
      metadata,
      `by who may ${operation}`,
      needs,
      async s => {
        const { name } = await s.topic()
        return { ...named([name]), includeTopicAuthorizedOperations: true }
      },
      { last: true },
    )
  }),
  ...guarded(metadata, 'of a topic to be created', [describe, ['create', 'topic']], async s => {
    await s.ask(named([s.name()], true))
  }),
  ...guarded(
    metadata,
    'of a topic, created by the cluster',
    [describe, ['create', 'cluster']],
    async s => {
      await s.ask(named([s.name()], true))
    },
  ),
  ...guarded(
    metadata,
    'of a topic to be created, by who may not see it',
    [['create', 'topic']],
    async s => {
      await s.ask(named([s.name()], true))
    },
  ),
  ...guarded(
    metadata,
    'with the operations of the cluster',
    [['describe', 'cluster'], ['alter', 'cluster'], describe],
    async s => {
      const { name } = await s.topic()
      return {
        ...named([name]),
        includeClusterAuthorizedOperations: true,
        includeTopicAuthorizedOperations: true,
      }
    },
    { since: 8 },
  ),

  ...clusterOperations
    .filter(operation => operation !== 'any')
    .flatMap(operation => {
      const ask = () => ({ includeClusterAuthorizedOperations: true })
      const isOfCluster = ![
        'read',
        'write',
        'createTokens',
        'describeTokens',
        'twoPhaseCommit',
      ].includes(operation)
      if (!isOfCluster) return []
      const needs: Need[] = [[operation, 'cluster']]
      return guarded(describeCluster, `by who may ${operation}`, needs, ask, { last: true })
    }),
  ...guarded(
    describeCluster,
    'its operations',
    [
      ['describe', 'cluster'],
      ['create', 'cluster'],
      ['idempotentWrite', 'cluster'],
    ],
    () => ({ includeClusterAuthorizedOperations: true }),
  ),

  ...guarded(describeTopicPartitions, 'of topics', [describe, describeB], async s => {
    const names = (await twoTopics(s)).map(({ name }) => name)
    return { topics: [...names, s.name('unknown')].map(name => ({ name })) }
  }),
  ...guarded(describeTopicPartitions, 'of all topics', [describe], async s => {
    const [{ name }] = await twoTopics(s)
    return { topics: [], cursor: { topicName: name, partitionIndex: 0 } }
  }),
  ...guarded(describeTopicPartitions, 'from a topic on', [describeB], async s => {
    const [{ name }, b] = await twoTopics(s)
    const topics = [{ name }, { name: b.name }]
    return { topics, cursor: { topicName: name, partitionIndex: 0 } }
  }),
]
