/** What Fetch and ListOffsets show of transactions. */
import { fetch } from '../../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../../protocol/apis/02-list-offsets.ts'
import { deleteRecords } from '../../../protocol/apis/21-delete-records.ts'
import type { Input } from '../../../protocol/schema.ts'
import { append } from '../log.ts'
import { scenarios, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'
import {
  begin,
  committedOnly,
  end,
  newProducer,
  seeLog,
  stamped,
  within,
  write,
  type View,
} from '../transaction.ts'

const plainBatch = (value: string): Buffer => stamped([value], {})

/**
 * A log of aborted transactions at 0 and 2 that overlap, committed records at 3, 5 and 9, and a
 * transaction that is open from 10 on: markers are at 4 (abort), 6 (abort), 8 (commit).
 */
async function mixedLog(s: Session<never>): Promise<Topic> {
  const topic = await s.topic()
  const [a, b, c, open] = [
    await newProducer(s, s.name('a')),
    await newProducer(s, s.name('b')),
    await newProducer(s, s.name('c')),
    await newProducer(s, s.name('open')),
  ]
  for (const producer of [a, b, c, open]) {
    s.know(`${producer.producerId}`, producer.transactionalId)
    await begin(s, producer, topic)
  }
  await write(s, a, topic, within(a, 0, 'a0', 'a1'))
  await write(s, b, topic, within(b, 0, 'b0'))
  await append(s, topic, plainBatch('plain'))
  await end(s, a, false)
  await write(s, c, topic, within(c, 0, 'c0'))
  await end(s, b, false)
  await write(s, c, topic, within(c, 1, 'c1'))
  await end(s, c, true)
  await append(s, topic, plainBatch('plain'))
  await write(s, open, topic, within(open, 0, 'open'))
  await append(s, topic, plainBatch('plain'))
  return topic
}

/** What a version of Fetch tells of the mixed log. */
function reading(view: View): Script<Input<typeof fetch.request>, unknown> {
  return async s => {
    await seeLog(s, await mixedLog(s), { version: s.version, ...view })
  }
}

const reads = [
  ...scenarios(fetch, {
    'transactions: all records': reading({}),
    'transactions: committed ones': reading(committedOnly),
    'transactions: committed ones, from the middle of a batch': reading({
      ...committedOnly,
      fetchOffset: 1,
    }),
    'transactions: committed ones, of one batch': reading({
      ...committedOnly,
      partitionMaxBytes: 1,
    }),
    'transactions: committed ones, of a batch later on': reading({
      ...committedOnly,
      fetchOffset: 3,
      partitionMaxBytes: 1,
    }),
    'transactions: committed ones, from the marker of one on': reading({
      ...committedOnly,
      fetchOffset: 4,
    }),
    'transactions: committed ones, after the markers': reading({
      ...committedOnly,
      fetchOffset: 7,
    }),
    'transactions: committed ones, where one is open': reading({
      ...committedOnly,
      fetchOffset: 10,
    }),
    'transactions: committed ones, after where one is open': reading({
      ...committedOnly,
      fetchOffset: 11,
    }),
    'transactions: committed ones, from the end on': reading({ ...committedOnly, fetchOffset: 12 }),
    'transactions: committed ones, from beyond the end on': reading({
      ...committedOnly,
      fetchOffset: 13,
    }),
    'transactions: committed ones, after records were deleted': async s => {
      const topic = await mixedLog(s)
      const partitions = [{ partitionIndex: 0, offset: 5 }]
      await s.get(deleteRecords, { topics: [{ name: topic.name, partitions }], timeoutMs: 9999 })
      await seeLog(s, topic, { version: s.version, ...committedOnly, fetchOffset: 5 })
    },
    'transactions: committed ones, after all but the open one were deleted': async s => {
      const topic = await mixedLog(s)
      const partitions = [{ partitionIndex: 0, offset: 11 }]
      await s.also(deleteRecords, { topics: [{ name: topic.name, partitions }], timeoutMs: 9999 })
      await seeLog(s, topic, { version: s.version, ...committedOnly, fetchOffset: 11 })
    },
  }),
  ...scenarios(
    listOffsets,
    {
      'transactions: of all records and of committed ones': async s => {
        const { name } = await mixedLog(s)
        for (const isolationLevel of [0, 1]) {
          for (const timestamp of [-1, -2, -3]) {
            const partitions = [{ partitionIndex: 0, timestamp }]
            await s.ask({ replicaId: -1, isolationLevel, topics: [{ name, partitions }] })
          }
        }
      },
    },
    { since: 2, until: 6 },
  ),
  ...scenarios(
    listOffsets,
    {
      'transactions: where all is committed': async s => {
        const topic = await s.topic()
        const producer = await newProducer(s)
        await begin(s, producer, topic)
        await write(s, producer, topic, within(producer, 0, 'a'))
        await end(s, producer, true)
        for (const timestamp of [-1, -2]) {
          const partitions = [{ partitionIndex: 0, timestamp }]
          const topics = [{ name: topic.name, partitions }]
          await s.ask({ replicaId: -1, ...committedOnly, topics })
        }
      },
    },
    { since: 2 },
  ),
]

export const transactionalReadsScenarios = reads
