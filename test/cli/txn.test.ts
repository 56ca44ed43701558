import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

describe('odradek txn', () => {
  let broker: StartedBroker
  let kafka: Kafka
  const cli = (...args: string[]) => odradek(...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await cli('txn', ...args, '--json')).stdout.join())

  beforeAll(async () => {
    broker = await startBroker()
    const brokers = broker.bootstrapServers.split(',')
    kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } })
    await cli('topic', 'create', 'orders')
  })
  afterAll(() => broker.close())

  it('tells what is open and what it holds up, and ends it', async () => {
    expect((await cli('txn')).stderr).toEqual(['no open transactions'])
    await cli('produce', 'orders', 'before')
    const producer = kafka.producer({
      transactionalId: 'billing-1',
      maxInFlightRequests: 1,
      transactionTimeout: 7000,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value: 'open' }] })
    const open = {
      transactionalId: 'billing-1',
      producerEpoch: 0,
      state: 'Ongoing',
      ageMs: expect.any(Number) as unknown,
      timeoutMs: 7000,
      partitions: [{ topic: 'orders', partition: 0, blocksFrom: 1 }],
    }
    expect(await json()).toMatchObject({ transactions: [open] })
    const { stdout } = await cli('txn')
    expect(stdout[0]).toMatch(/^TRANSACTIONAL ID +PRODUCER +EPOCH +STATE +AGE MS +TIMEOUT MS +BLO/)
    expect(stdout[1]).toMatch(/^billing-1 +\d+ +0 +Ongoing +\d+ +7000 +orders\/0@1$/)
    expect(await json('describe', 'billing-1')).toMatchObject({ transactions: [open] })

    expect((await cli('txn', 'abort', 'billing-1')).stderr).toEqual([
      'aborted the transaction of billing-1 in orders/0',
    ])
    expect(await json('list')).toEqual({ transactions: [] })
    await expect(transaction.commit()).rejects.toThrow(/epoch/i)
    expect(await json('list', '--all')).toMatchObject({
      transactions: [{ transactionalId: 'billing-1', partitions: [] }],
    })
    await producer.disconnect()
    await expect(cli('txn', 'abort', 'billing-1')).rejects.toThrow(
      /^billing-1 has no open transaction \(it is \w+\): odradek txn lists them$/,
    )
  })

  it('aborts with --json as well', async () => {
    const producer = kafka.producer({ transactionalId: 'empty', maxInFlightRequests: 1 })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value: 'open' }] })
    expect(await json('abort', 'empty')).toEqual({
      transactionalId: 'empty',
      aborted: ['orders/0'],
    })
    await transaction.abort().catch(() => {})
    await producer.disconnect()
  })

  it.each(['describe', 'abort'])('%s says when there is no such id', async verb => {
    await expect(cli('txn', verb, 'nobody')).rejects.toThrow(
      'transactional id nobody: there is no such transactional id',
    )
  })
})
