/** Who may do what with transactional ids, by ACLs; on Apache Kafka the same. */
import { describe, expect, it } from 'vitest'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { TestProducer } from '../handlers/transactional-producer.ts'
import { latest, named, newTopic, uniqueName, versionsOf } from '../handlers/wire.ts'
import { errorsIn, useGuardedBroker } from './guarded-broker.ts'

const broker = useGuardedBroker()
const idDenied = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
const topicDenied = 'TOPIC_AUTHORIZATION_FAILED'
const producer = { producerId: 1_000_000, producerEpoch: 0 }

describe('InitProducerId', () => {
  const init = async (transactionalId: string | null, version = latest(initProducerId)) => {
    const request = { transactionalId, transactionTimeoutMs: 60_000 }
    return named(await broker.alice.request(initProducerId, version, request))
  }

  it.each(versionsOf(initProducerId))('v%i without transactions', async version => {
    const denied = { error: 'CLUSTER_AUTHORIZATION_FAILED', producerId: -1, producerEpoch: -1 }
    expect(await init(null, version)).toMatchObject(denied)
    await broker.allow('write topic *')
    await broker.deny('write topic *')
    expect(await init(null, version)).toMatchObject(denied)
  })

  it.each(['idempotentWrite cluster kafka-cluster', 'write topic any', 'write topic an…'])(
    'is for who may %s',
    async right => {
      await broker.allow(right)
      expect((await init(null)).error).toBe('NONE')
    },
  )

  it('is for those who may write in the transaction', async () => {
    const transactionalId = uniqueName()
    await broker.allow('idempotentWrite cluster kafka-cluster', 'write topic *')
    const denied = { error: idDenied, producerId: -1, producerEpoch: -1 }
    expect(await init(transactionalId)).toMatchObject(denied)
    await broker.allow(`write transactionalId ${transactionalId}`)
    await TestProducer.create(broker.root, transactionalId)
    expect((await init(transactionalId)).error).toMatch(/NONE|CONCURRENT_TRANSACTIONS/)
  })

  it('tells of rights before it tells what is wrong', async () => {
    const request = { transactionalId: 'id', transactionTimeoutMs: -1, producerId: 1 }
    const answer = await broker.alice.request(initProducerId, latest(initProducerId), request)
    expect(named(answer).error).toBe(idDenied)
  })
})

describe('AddPartitionsToTxn', () => {
  it.each(versionsOf(addPartitionsToTxn, { until: 3 }))('v%i adds all or none', async version => {
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    const missing = { name: uniqueName() }
    const transactionalId = uniqueName()
    const add = async (...names: string[]) => {
      const answer = await broker.alice.request(addPartitionsToTxn, version, {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: names.map(name => ({ name, partitions: [0] })),
      })
      const told = new Map(
        answer.resultsByTopicV3AndBelow.map(topic => [topic.name, errorsIn(topic)[0]]),
      )
      return names.map(name => told.get(name))
    }
    await broker.allow(`write topic ${mine.name}`)
    expect(await add(mine.name, other.name)).toEqual([idDenied, idDenied])
    await broker.allow(`write transactionalId ${transactionalId}`)
    expect(await add(mine.name, other.name, missing.name)).toEqual([
      'OPERATION_NOT_ATTEMPTED',
      topicDenied,
      topicDenied,
    ])
    await broker.allow('write topic *')
    expect(await add(mine.name, missing.name, '__consumer_offsets')).toEqual([
      'OPERATION_NOT_ATTEMPTED',
      'UNKNOWN_TOPIC_OR_PARTITION',
      topicDenied,
    ])
  })

  it.each(versionsOf(addPartitionsToTxn, { since: 4 }))('v%i is for brokers', async version => {
    await broker.allow('all transactionalId *', 'all topic *')
    const topics = [{ name: uniqueName(), partitions: [0] }]
    const transactions = [{ transactionalId: 'id', ...producer, verifyOnly: true, topics }]
    const answer = await broker.alice.request(addPartitionsToTxn, version, { transactions })
    const denied = { error: 'CLUSTER_AUTHORIZATION_FAILED', resultsByTransaction: [] }
    expect(named(answer)).toMatchObject(denied)
  })
})

it('AddOffsetsToTxn and EndTxn ask for the id, and the first for the group', async () => {
  const names = { transactionalId: uniqueName(), ...producer }
  const offsets = async () => {
    const request = { ...names, groupId: 'g' }
    return errorsIn(await broker.alice.request(addOffsetsToTxn, 4, request))
  }
  const end = async () =>
    errorsIn(await broker.alice.request(endTxn, 4, { ...names, committed: true }))
  expect([await offsets(), await end()]).toEqual([[idDenied], [idDenied]])
  await broker.allow(`write transactionalId ${names.transactionalId}`)
  expect(await offsets()).toEqual(['GROUP_AUTHORIZATION_FAILED'])
  expect(await end()).not.toContain(idDenied)
})

it('TxnOffsetCommit refuses ids and groups, and topics one by one', async () => {
  const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
  const transactionalId = uniqueName()
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }]
  const topics = [mine, other].map(({ name }) => ({ name, partitions }))
  const commit = async () => {
    const request = { transactionalId, groupId: 'g', ...producer, memberId: '', topics }
    const answer = await broker.alice.request(txnOffsetCommit, 3, request)
    const told = new Map(answer.topics.map(topic => [topic.name, errorsIn(topic)[0]]))
    return topics.map(({ name }) => told.get(name))
  }
  expect(await commit()).toEqual([idDenied, idDenied])
  await broker.allow(`write transactionalId ${transactionalId}`)
  const groupDenied = 'GROUP_AUTHORIZATION_FAILED'
  expect(await commit()).toEqual([groupDenied, groupDenied])
  await broker.allow('read group g')
  expect(await commit()).toEqual([topicDenied, topicDenied])
  await broker.allow(`read topic ${mine.name}`)
  const [committed, refused] = await commit()
  expect(committed).not.toMatch(/AUTHORIZATION/)
  expect(refused).toBe(topicDenied)
})

it.each(versionsOf(writeTxnMarkers))('WriteTxnMarkers v%i refuses all', async version => {
  const { name } = await newTopic(broker.root)
  await broker.allow('all topic *', 'all transactionalId *')
  const marker = { ...producer, transactionResult: true, coordinatorEpoch: 0 }
  const topics = [{ name, partitionIndexes: [0, 1] }]
  const markers = [{ ...marker, topics, transactionVersion: 0 }]
  const denied = 'CLUSTER_AUTHORIZATION_FAILED'
  const answer = await broker.alice.request(writeTxnMarkers, version, { markers })
  expect(errorsIn(answer)).toEqual([denied, denied])
})

it('DescribeTransactions hides topics, ListTransactions ids', async () => {
  const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
  const opened = await TestProducer.create(broker.root)
  for (const topic of [mine, other]) await opened.addPartition(topic)
  const { transactionalId } = opened
  const describeOne = async () => {
    const request = { transactionalIds: [transactionalId] }
    const answer = await broker.alice.request(describeTransactions, 0, request)
    return named(answer.transactionStates[0]!)
  }
  const list = async () => {
    const request = { stateFilters: [], producerIdFilters: [] }
    const answer = await broker.alice.request(listTransactions, latest(listTransactions), request)
    return answer.transactionStates.map(each => each.transactionalId)
  }
  await broker.allow('describe topic *')
  expect(await describeOne()).toMatchObject({ error: idDenied, transactionState: '', topics: [] })
  expect(await list()).toEqual([])
  await broker.allow(`describe transactionalId ${transactionalId}`)
  await broker.deny(`describe topic ${other.name}`)
  expect(await describeOne()).toMatchObject({
    error: 'NONE',
    transactionState: 'Ongoing',
    topics: [{ topic: mine.name, partitions: [0] }],
  })
  expect(await list()).toEqual([transactionalId])
})
