/** What users may do as producers in transactions, and see of these. */
import { initProducerId } from '../../../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../../../protocol/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../../../protocol/apis/27-write-txn-markers.ts'
import { txnOffsetCommit } from '../../../../protocol/apis/28-txn-offset-commit.ts'
import { describeTransactions } from '../../../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../../../protocol/apis/66-list-transactions.ts'
import { guarded, type Need } from '../../guarded.ts'
import { give, type Right } from '../../rights.ts'
import { scenarios } from '../../scenario.ts'
import type { Session } from '../../session.ts'
import { begin, newProducer, partitionsOf } from '../../transaction.ts'
import { twoTopics } from './topics.ts'

const write: Need = ['write', 'transactionalId', 't']
const describe: Need = ['describe', 'transactionalId', 't']
const writeTopic: Need = ['write', 'topic']
const idempotent = { transactionalId: null, transactionTimeoutMs: 9999 }

/** What may write to any topic, and what may not (Authorizer.authorizeByResourceType). */
const anyTopic: Readonly<Record<string, (s: Session<never>) => Right[]>> = {
  'by who may write to a topic': s => [right(s)],
  'by who may write to topics that begin so': s => [{ ...right(s), pattern: 'prefixed' }],
  'by who may write to all topics': s => [{ ...right(s), name: '*' }],
  'by who may do all with a topic': s => [{ ...right(s), operation: 'all' }],
  'by who may read a topic': s => [{ ...right(s), operation: 'read' }],
  'by who may write to no topic': s => [right(s), { ...deny(s), name: '*' }],
  'by who may do nothing with topics': s => [right(s), { ...deny(s), name: '*', operation: 'all' }],
  'by who may not write to the only topic': s => [right(s), deny(s)],
  'by who may not write to its prefix': s => [
    right(s),
    { ...deny(s), name: s.name(''), pattern: 'prefixed' },
  ],
  'by who may write but to one topic': s => [
    { ...right(s), name: s.name(''), pattern: 'prefixed' },
    deny(s),
  ],
  'by who may write from another host': s => [{ ...right(s), host: '10.1.2.3' }],
  'by who may write from here': s => [{ ...right(s), host: '127.0.0.1' }],
  'by who may not write from another host': s => [right(s), { ...deny(s), host: '10.1.2.3' }],
}

function right(s: Session<never>): Right {
  return { operation: 'write', resource: 'topic', name: s.name() }
}

function deny(s: Session<never>): Right {
  return { ...right(s), permission: 'deny' }
}

const producers = [
  ...guarded(initProducerId, 'of a transactional id', [write], s => {
    return { transactionalId: s.name('t'), transactionTimeoutMs: 9999 }
  }),
  ...guarded(initProducerId, 'with a timeout that is too long', [write], s => {
    return { transactionalId: s.name('t'), transactionTimeoutMs: 0x7fffffff }
  }),
  ...guarded(initProducerId, 'of no transactional id', [['idempotentWrite', 'cluster']], () => {
    return idempotent
  }),
  ...scenarios(
    initProducerId,
    Object.fromEntries(
      Object.entries(anyTopic).map(([name, rights]) => {
        const script = async <In, Out>(s: Session<In, Out>) => {
          await give(s, ...rights(s))
          return idempotent
        }
        return [`of no transactional id, ${name}`, script]
      }),
    ),
    { setting: 'secured', last: true },
  ),
]

const inTransactions = [
  ...guarded(
    addPartitionsToTxn,
    'of two topics',
    [write, writeTopic],
    async s => {
      const topics = (await twoTopics(s)).map(({ name }) => ({ name, partitions: [0] }))
      const producer = await newProducer(s, s.name('t'))
      return { ...partitionsOf(producer, { name: '' }), v3AndBelowTopics: topics }
    },
    { until: 3 },
  ),
  ...guarded(
    addPartitionsToTxn,
    'of a topic of our own',
    [write, ['write', 'topic', 'x']],
    async s => {
      const producer = await newProducer(s, s.name('t'))
      return partitionsOf(producer, { name: '__consumer_offsets' }, 0)
    },
    { until: 3 },
  ),
  ...guarded(
    addPartitionsToTxn,
    'by a broker',
    [['clusterAction', 'cluster']],
    async s => {
      const { name } = await s.topic()
      const { transactionalId, ...producer } = await newProducer(s, s.name('t'))
      const topics = [{ name, partitions: [0] }]
      const transaction = { transactionalId, ...producer, verifyOnly: true, topics }
      const none = { ...transaction, transactionalId: s.name('none') }
      return { transactions: [transaction, none] }
    },
    { since: 4 },
  ),
  ...guarded(addOffsetsToTxn, 'of a group', [write, ['read', 'group', 'g']], async s => {
    return { ...(await newProducer(s, s.name('t'))), groupId: s.name('g') }
  }),
  ...guarded(endTxn, 'that is open', [write], async s => {
    const producer = await newProducer(s, s.name('t'))
    await begin(s, producer, await s.topic())
    await s.ask({ ...producer, committed: false })
  }),
  ...guarded(writeTxnMarkers, 'by a broker', [['clusterAction', 'cluster']], async s => {
    return { markers: [await marker(s)] }
  }),
  ...guarded(writeTxnMarkers, 'by who may alter the cluster', [['alter', 'cluster']], async s => {
    return { markers: [await marker(s)] }
  }),
  ...guarded(
    txnOffsetCommit,
    'of two topics',
    [write, ['read', 'group', 'g'], ['read', 'topic']],
    async s => {
      const partition = { partitionIndex: 0, committedOffset: 1, committedMetadata: '' }
      const topics = (await twoTopics(s)).map(({ name }) => ({ name, partitions: [partition] }))
      const producer = await newProducer(s, s.name('t'))
      const unknown = { name: s.name('unknown'), partitions: [partition] }
      return { ...producer, groupId: s.name('g'), topics: [...topics, unknown] }
    },
  ),
]

async function marker(s: Session<never>) {
  const { name } = await s.topic()
  const topics = [{ name, partitionIndexes: [0] }]
  const producer = { producerId: 77, producerEpoch: 0, coordinatorEpoch: 0, transactionVersion: 0 }
  return { ...producer, transactionResult: false, topics }
}

const seen = [
  ...guarded(describeTransactions, 'of two topics', [describe, ['describe', 'topic']], async s => {
    const [a, b] = await twoTopics(s)
    const producer = await newProducer(s, s.name('t'))
    await begin(s, producer, a)
    await begin(s, producer, b)
    return { transactionalIds: [s.name('t'), s.name('u')] }
  }),
  ...guarded(listTransactions, 'of all', [describe], async s => {
    await newProducer(s, s.name('t'))
    await newProducer(s, s.name('u'))
    return { stateFilters: [], producerIdFilters: [] }
  }),
]

export const securedTransactionsScenarios = [...producers, ...inTransactions, ...seen]
