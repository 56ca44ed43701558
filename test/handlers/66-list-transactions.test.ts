import { describe, expect, it } from 'vitest'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { partitionOf, TransactionClient } from './transaction-client.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)

/** One in each state that lasts. */
async function several() {
  const topic = await wire.newTopic()
  const [empty, ongoing, committed] = [
    await transactions.newProducer(),
    await transactions.newProducer(),
    await transactions.newProducer(),
  ]
  for (const producer of [ongoing, committed]) {
    await transactions.add(producer, [partitionOf(topic)])
  }
  await transactions.end(committed, true)
  await transactions.settled(committed.transactionalId)
  const all = [empty, ongoing, committed]
  const ids = all.map(({ transactionalId }) => transactionalId)
  const producerIdFilters = all.map(({ producerId }) => producerId)
  return { empty, ongoing, committed, ids, producerIdFilters }
}

const idsOf = (answer: { transactionStates: { transactionalId: string }[] }): string[] =>
  answer.transactionStates.map(({ transactionalId }) => transactionalId).toSorted()

describe.each(versionsOf(listTransactions))('ListTransactions v%i', version => {
  it('tells the state of each', async () => {
    const { ids, empty, ongoing, committed } = await several()
    const answer = await transactions.list({ version })
    expect(answer).toMatchObject({ error: 'NONE', unknownStateFilters: [] })
    const ours = answer.transactionStates.filter(each => ids.includes(each.transactionalId))
    expect(new Set(ours)).toEqual(
      new Set([
        expected(empty, 'Empty'),
        expected(ongoing, 'Ongoing'),
        expected(committed, 'CompleteCommit'),
      ]),
    )
  })

  it('filters by producer ids and states', async () => {
    const { ids, ongoing, committed, producerIdFilters } = await several()
    const all = await transactions.list({ version, producerIdFilters })
    expect(idsOf(all)).toEqual(ids.toSorted())
    const some = { version, producerIdFilters, stateFilters: ['Ongoing', 'CompleteCommit'] }
    expect(idsOf(await transactions.list(some))).toEqual(
      [ongoing.transactionalId, committed.transactionalId].toSorted(),
    )
    const no = { version, producerIdFilters: [2 ** 40] }
    expect(idsOf(await transactions.list(no))).toEqual([])
  })

  it('names the states that it does not know', async () => {
    const { ongoing, producerIdFilters } = await several()
    const stateFilters = ['Ongoing', 'ongoing', 'Dead', 'PrepareEpochFence', 'Nonsense', 'Nonsense']
    const answer = await transactions.list({ version, producerIdFilters, stateFilters })
    expect(answer.unknownStateFilters.toSorted()).toEqual(['Nonsense', 'ongoing'])
    expect(idsOf(answer)).toEqual([ongoing.transactionalId])
    const unknown = { version, producerIdFilters, stateFilters: ['Nonsense'] }
    expect(idsOf(await transactions.list(unknown))).toEqual([])
  })
})

const expected = (
  { transactionalId, producerId }: { transactionalId: string; producerId: number },
  transactionState: string,
) => ({ transactionalId, producerId, transactionState })

describe('ListTransactions', () => {
  it('filters by how long ago they have begun (KIP-994)', async () => {
    const { ids, empty, producerIdFilters } = await several()
    const all = { producerIdFilters, durationFilter: -1 }
    expect(idsOf(await transactions.list(all))).toEqual(ids.toSorted())
    // What has not begun has begun long ago.
    const long = { producerIdFilters, durationFilter: 3_600_000 }
    expect(idsOf(await transactions.list(long))).toEqual([empty.transactionalId])
  })

  it('filters by a pattern of the whole id (KIP-1152)', async () => {
    const { ids, ongoing, producerIdFilters } = await several()
    for (const transactionalIdPattern of [null, '', '.*', 'topic-.*']) {
      const answer = await transactions.list({ producerIdFilters, transactionalIdPattern })
      expect(idsOf(answer)).toEqual(ids.toSorted())
    }
    const one = { producerIdFilters, transactionalIdPattern: ongoing.transactionalId }
    expect(idsOf(await transactions.list(one))).toEqual([ongoing.transactionalId])
    const part = { producerIdFilters, transactionalIdPattern: 'topic' }
    expect(idsOf(await transactions.list(part))).toEqual([])
  })

  it.each(['(', '[', '*', '(?=a)'])('refuses the pattern %s', async transactionalIdPattern => {
    expect(await transactions.list({ transactionalIdPattern })).toMatchObject({
      error: 'INVALID_REGULAR_EXPRESSION',
      transactionStates: [],
    })
  })
})
