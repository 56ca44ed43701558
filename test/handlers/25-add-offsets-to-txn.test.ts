import { describe, expect, it } from 'vitest'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { keyPartition } from '../../src/cluster.ts'
import { TransactionClient } from './transaction-client.ts'
import { latest, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)

/** The topic of offsets is there. */
async function newGroup(): Promise<string> {
  const groupId = uniqueName()
  for (;;) {
    const { coordinators } = await wire.client.request(findCoordinator, latest(findCoordinator), {
      keyType: 0,
      coordinatorKeys: [groupId],
    })
    if (coordinators[0]!.errorCode === 0) return groupId
  }
}

describe.each(versionsOf(addOffsetsToTxn))('AddOffsetsToTxn v%i', version => {
  const fenced = version < 2 ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED'

  it("puts the group's partition of __consumer_offsets into the transaction", async () => {
    const groupId = await newGroup()
    const producer = await transactions.newProducer()
    expect(await transactions.addOffsets(producer, groupId, version)).toBe('NONE')
    expect(await transactions.addOffsets(producer, groupId, version)).toBe('NONE')
    expect(await transactions.describe(producer.transactionalId)).toMatchObject({
      transactionState: 'Ongoing',
      topics: [{ topic: '__consumer_offsets', partitions: [keyPartition(groupId, 50)] }],
    })
  })

  it.each([
    ['rule 43: an older epoch', { producerEpoch: -1 }, fenced],
    ['a later epoch', { producerEpoch: 1 }, fenced],
    ['rule 45: another producer id', { producerId: 2 ** 40 }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 45: an unknown id', { transactionalId: uniqueName() }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 42: an empty id', { transactionalId: '' }, 'INVALID_REQUEST'],
  ])('refuses %s', async (_, wrong, error) => {
    const producer = { ...(await transactions.newProducer()), ...wrong }
    expect(await transactions.addOffsets(producer, await newGroup(), version)).toBe(error)
  })

  it('completes without any offsets', async () => {
    const producer = await transactions.newProducer()
    await transactions.addOffsets(producer, await newGroup(), version)
    expect((await transactions.end(producer, true)).error).toBe('NONE')
    expect(await transactions.settled(producer.transactionalId)).toMatchObject({
      transactionState: 'CompleteCommit',
      topics: [],
    })
  })
})
