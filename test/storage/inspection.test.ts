import { describe, expect, it } from 'vitest'
import { batchesOf, inspectLog, segmentPaths } from '../../storage/file/inspection.ts'
import { encodeMarker } from '../../protocol/control-records.ts'
import { batchAt, batchOf, smallSegments, topicId } from './batches.ts'
import {
  fileIn,
  openOnDisk,
  overwrite,
  partitionDirectory,
  resize,
  type OnDisk,
} from './file-log-fixture.ts'

const directory = `/logs/orders-0.${topicId}`
const first = '00000000000000000000'
const third = '00000000000000000002'

/** Four batches, one in each segment. */
async function written(isClosed = true): Promise<OnDisk> {
  const disk = await openOnDisk({ config: smallSegments })
  for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
  if (isClosed) await disk.log.close()
  return disk
}

const batchBytes = batchOf(1, 200).length

async function inspected({ fs }: OnDisk) {
  const { damage, notes, ...report } = await inspectLog(fs, directory)
  const short = ({ path, position, what }: (typeof damage)[number]): string =>
    `${path.slice(directory.length + 1)}:${position} ${what}`
  return { ...report, damage: damage.map(short), notes: notes.map(short) }
}

describe('the inspection of a log', () => {
  it('counts what is whole', async () => {
    expect(await inspected(await written())).toEqual({
      directory,
      startOffset: 0,
      nextOffset: 4,
      segments: 4,
      batches: 4,
      records: 4,
      bytes: 4 * batchBytes,
      transactions: { commits: 0, aborts: 0, open: [] },
      damage: [],
      notes: [],
    })
  })

  it('tells of transactions: how many have ended, and which are open', async () => {
    const disk = await openOnDisk({ config: smallSegments })
    const sent = (producerId: number, producerEpoch = 0): Buffer =>
      batchAt([1000], { producerId, producerEpoch, baseSequence: 0, isTransactional: true })
    const end = (type: 'commit' | 'abort', producerId: number): Buffer =>
      encodeMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0 }, 1000)
    const ended = [sent(1), sent(2), end('commit', 1), sent(2), end('abort', 2)]
    const open = [sent(3, 4), batchAt([1000]), sent(1), sent(3, 4)]
    for (const batch of [...ended, ...open]) await disk.log.append(batch, 'durable')
    await disk.log.close()
    const { transactions, damage } = await inspected(disk)
    expect(damage).toEqual([])
    expect(transactions).toEqual({
      commits: 1,
      aborts: 1,
      open: [
        { producerId: 3, producerEpoch: 4, firstOffset: 5 },
        { producerId: 1, producerEpoch: 0, firstOffset: 7 },
      ],
    })
  })

  it('finds batches that no transaction has', async () => {
    const disk = await openOnDisk({ config: smallSegments })
    await disk.log.append(batchAt([1000], { isTransactional: true }), 'durable')
    await disk.log.append(batchAt([1000], { isControl: true }), 'durable')
    await disk.log.close()
    const { damage, notes } = await inspected(disk)
    expect([...damage, ...notes].map(text => text.replace(/^\S+ /, ''))).toEqual([
      'a batch of a transaction without a producer',
      'a control batch without a control record',
    ])
  })

  it('goes by the start offset that was stored', async () => {
    const disk = await written(false)
    await disk.log.trim(2)
    await disk.log.close()
    expect(await inspected(disk)).toMatchObject({ startOffset: 2, nextOffset: 4, damage: [] })
  })

  it('changes nothing', async () => {
    const disk = await written()
    const before = [...partitionDirectory(disk.root).entries.keys()]
    disk.count('write')
    await inspected(disk)
    expect([...partitionDirectory(disk.root).entries.keys()]).toEqual(before)
    expect(disk.count('write')).toBe(0)
  })

  it('finds a batch that has changed, and looks at the others', async () => {
    const disk = await written()
    overwrite(disk.root, `${third}.log`, 100, Buffer.from('!'))
    const { damage, batches } = await inspected(disk)
    expect(damage).toEqual([`${third}.log:0 the checksum of a batch does not match`])
    expect(batches).toBe(4)
  })

  it('finds records that do not fit their batch', async () => {
    const disk = await openOnDisk()
    const batch = batchOf(1, 200)
    await disk.log.append(batch, 'durable')
    await disk.log.close()
    // A longer value, under a checksum that is right.
    const stored = fileIn(disk.root, `${first}.log`).bytes
    stored.writeUInt8(stored.readUInt8(61) ^ 0x02, 61)
    const { crc32c } = await import('../../protocol/crc32c.ts')
    stored.writeUInt32BE(crc32c(stored.subarray(21)), 17)
    expect((await inspected(disk)).damage).toHaveLength(1)
  })

  it('finds a file that is too short, or gone', async () => {
    const disk = await written()
    resize(disk.root, `${first}.log`, 100)
    partitionDirectory(disk.root).entries.delete(`${third}.log`)
    expect((await inspected(disk)).damage).toEqual([
      `${third}.log:0 missing; it had ${batchBytes} bytes`,
      `${first}.log:0 no whole batch in the last 100 bytes`,
      `${first}.log:0 it had ${batchBytes} bytes`,
      '00000000000000000001.log:0 offset 1 where 0 must follow',
      '00000000000000000003.log:0 offset 3 where 2 must follow',
    ])
  })

  it('finds a batch whose offset has changed, which no checksum tells', async () => {
    const disk = await openOnDisk()
    for (let i = 0; i < 3; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    overwrite(disk.root, `${first}.log`, 2 * batchBytes + 7, Buffer.from([9]))
    expect((await inspected(disk)).damage).toEqual([
      `${first}.log:${2 * batchBytes} offset 9 where 2 must follow`,
      `${first}.log:${2 * batchBytes} offset 3 must follow`,
    ])
  })

  it('finds offsets that are missing between segments, where nothing was promised', async () => {
    const disk = await written()
    partitionDirectory(disk.root).entries.delete('checkpoint')
    partitionDirectory(disk.root).entries.delete(`${third}.log`)
    const { damage, notes } = await inspected(disk)
    expect({ damage, notes }).toEqual({
      damage: [],
      notes: ['00000000000000000003.log:0 offset 3 where 2 must follow'],
    })
  })

  it('finds a damaged checkpoint', async () => {
    const disk = await written()
    overwrite(disk.root, 'checkpoint', 3, Buffer.from('!'))
    const { damage } = await inspected(disk)
    expect(damage).toHaveLength(1)
    expect(damage[0]).toContain('checkpoint:0')
  })

  it('takes a torn tail that was not synced for what it is', async () => {
    const disk = await written()
    const size = fileIn(disk.root, '00000000000000000003.log').bytes.length
    resize(disk.root, '00000000000000000003.log', size + 10)
    expect(await inspected(disk)).toMatchObject({
      damage: [],
      notes: [`00000000000000000003.log:${size} no whole batch in the last 10 bytes`],
    })
  })

  it('notes indexes that lead nowhere', async () => {
    const disk = await openOnDisk({ config: { ...smallSegments, segmentBytes: 10_000 } })
    for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    overwrite(disk.root, `${first}.index`, 7, Buffer.from([99]))
    overwrite(disk.root, `${first}.timeindex`, 11, Buffer.from([99]))
    const { damage, notes } = await inspected(disk)
    expect(damage).toEqual([])
    expect(notes.map(note => note.split(' ')[0])).toEqual([
      `${first}.index:0`,
      `${first}.timeindex:0`,
    ])
  })

  it.each([
    ['is gone', undefined, '0 missing'],
    ['is too short', 0, '0 it had '],
    ['has a part of an entry', 30, '24 a part of an entry'],
    ['has entries of nothing', 48, '24 a wrong entry, from 0 to 0'],
  ])('notes an index that %s', async (_, bytes, note) => {
    const disk = await openOnDisk({ config: { ...smallSegments, segmentBytes: 10_000 } })
    for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    if (bytes === undefined) partitionDirectory(disk.root).entries.delete(`${first}.index`)
    else resize(disk.root, `${first}.index`, bytes)
    const { damage, notes } = await inspected(disk)
    expect(damage).toEqual([])
    expect(notes).toEqual([expect.stringContaining(`${first}.index:${note}`)])
  })

  it('gives out the batches of a segment', async () => {
    const { fs } = await written()
    const [path] = await segmentPaths(fs, directory)
    const found = await Array.fromAsync(batchesOf(fs, path!, 0))
    expect(found).toMatchObject([{ position: 0, batch: { length: batchBytes } }])
  })
})
