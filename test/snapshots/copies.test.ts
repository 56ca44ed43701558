/** What a broker knows, taken out, put back, and forgotten. */
import { describe, expect, it } from 'vitest'
import { clearTopic, createTopic, listTopics } from '../../src/admin/topics.ts'
import { bytesOf, kinds, start } from './broker.ts'

type Broker = Awaited<ReturnType<typeof start>>

/** Records with all that there can be, transactions, a trimmed topic, groups and an ACL's like. */
async function fill(broker: Broker): Promise<void> {
  await createTopic(broker.services, 'orders', { partitions: 2, configs: { 'retention.ms': -1 } })
  await createTopic(broker.services, 'trimmed')
  await broker.produce('orders', [
    { partition: 0, key: 'a', value: '1', headers: { h: 'x', bytes: Buffer.from([0]) } },
    { partition: 0, key: 'a', value: null },
    { partition: 1, key: null, value: '' },
  ])
  await broker.produce('orders', [{ partition: 1, value: 'committed' }], 'commits')
  await broker.produce('orders', [{ partition: 1, value: 'aborted' }], 'aborts')
  await broker.produce('orders', [{ partition: 1, value: 'last' }])
  await broker.produce('trimmed', [{ value: '1' }, { value: '2' }])
  await clearTopic(broker.services, 'trimmed')
  await broker.produce('trimmed', [{ value: '3' }])
  await broker.services.groups.offsets.commit(
    {
      groupId: 'billing',
      memberId: '',
      groupInstanceId: null,
      generationIdOrMemberEpoch: -1,
      retentionTimeMs: -1,
      topics: [{ name: 'orders', topicId: '', partitions: [commit(0, 1), commit(1, 3)] }],
    },
    8,
  )
}

function commit(partitionIndex: number, committedOffset: number) {
  const rest = { committedLeaderEpoch: -1, committedMetadata: 'note', commitTimestamp: -1 }
  return { partitionIndex, committedOffset, ...rest }
}

function offsets({ services }: Broker): string[] {
  const rows = services.groups.offsets.of('billing')
  return rows.map(row => `${row.partition}: ${row.offset} ${row.metadata}`).toSorted()
}

const filled = {
  orders: [
    '0/0 a=1 {"h":"x","bytes":"\\u0000"}',
    '0/1 a=null {}',
    '1/0 null= {}',
    '1/1 null=committed {}',
    '1/5 null=last {}',
  ],
  trimmed: ['0/2 null=3 {}'],
  offsets: ['0: 1 note', '1: 3 note'],
}

async function contents(broker: Broker) {
  return {
    orders: await broker.records('orders'),
    trimmed: await broker.records('trimmed'),
    offsets: offsets(broker),
  }
}

const names = (broker: Broker): string[] =>
  listTopics(broker.services)
    .filter(({ isInternal }) => !isInternal)
    .map(({ topic }) => topic)

for (const kind of kinds) {
  describe(`a broker ${kind.name}`, () => {
    it('is what a snapshot has, offsets and all, after it was restored', async () => {
      await using broker = await start(kind)
      await fill(broker)
      expect(await contents(broker)).toEqual(filled)
      const snapshot = await bytesOf(await broker.copies.snapshot())
      await broker.produce('orders', [{ partition: 0, value: 'later' }])
      await createTopic(broker.services, 'later')
      await broker.copies.restore(snapshot)
      expect(names(broker)).toEqual(['orders', 'trimmed'])
      expect(await contents(broker)).toEqual(filled)
      expect(broker.services.topics.get('trimmed')!.partitions[0]!.startOffset).toBe(2)
      expect(broker.services.topics.get('orders')!.overrides).toEqual({ 'retention.ms': '-1' })
    })

    it('goes on after a snapshot was restored that another kind of broker has made', async () => {
      const other = kinds.find(({ name }) => name !== kind.name)!
      await using maker = await start(other)
      await fill(maker)
      const snapshot = await maker.copies.snapshot()
      await using broker = await start(kind)
      await broker.copies.restore(snapshot)
      expect(await contents(broker)).toEqual(filled)
      await broker.produce('orders', [{ partition: 1, value: 'in a transaction' }], 'commits')
      await broker.produce('orders', [{ partition: 1, value: 'next' }])
      expect((await broker.records('orders')).slice(-2)).toEqual([
        '1/6 null=in a transaction {}',
        '1/8 null=next {}',
      ])
    })

    it('knows nothing after a reset, and takes the same names again', async () => {
      await using broker = await start(kind)
      await fill(broker)
      const { id } = broker.services.topics.get('orders')!
      const clusterId = broker.services.cluster.id
      await broker.copies.reset()
      expect(names(broker)).toEqual([])
      expect(broker.services.groups.list({ states: [], types: [] })).toEqual([])
      expect(broker.services.cluster.id).toBe(clusterId)
      await fill(broker)
      expect(broker.services.topics.get('orders')!.id).not.toBe(id)
      expect(await contents(broker)).toEqual(filled)
    })

    it.each([
      ['nothing', () => Buffer.alloc(0), 'not a snapshot'],
      ['something else', () => Buffer.from('{"topic":"orders"}'), 'not a snapshot'],
      [
        'half of one',
        (all: Buffer) => all.subarray(0, -20),
        /^the snapshot is cut off at byte \d+/,
      ],
      ['one without an end', (all: Buffer) => all.subarray(0, -12), 'the snapshot is cut off at'],
      ['a damaged one', flipped, /^the snapshot is damaged at byte \d+: use another copy of it/],
      ['one of a later version', ofLaterVersion, 'a snapshot of format 9; this version of odradek'],
    ])('refuses %s, and stays as it is', async (_, change, message) => {
      await using broker = await start(kind)
      await fill(broker)
      const snapshot = await bytesOf(await broker.copies.snapshot())
      await expect(broker.copies.restore(change(snapshot))).rejects.toThrow(message)
      expect(await contents(broker)).toEqual(filled)
    })
  })
}

function flipped(all: Buffer): Buffer {
  const copy = Buffer.from(all)
  const at = copy.length - 40
  copy[at] = copy[at]! ^ 1
  return copy
}

function ofLaterVersion(all: Buffer): Buffer {
  const copy = Buffer.from(all)
  copy.writeUInt32BE(9, 8)
  return copy
}
