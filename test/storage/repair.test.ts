/** Damage of all kinds, and what a repair leaves of it: all that was not hit, where it was. */
import { describe, expect, it } from 'vitest'
import { batchSize, setBaseOffset } from '../../protocol/record-batch.ts'
import { inspectLog } from '../../storage/file/inspection.ts'
import { planRepair, type RepairPlan } from '../../storage/file/repair-plan.ts'
import { repair } from '../../storage/file/repair.ts'
import { faultyFs } from '../doubles/faulty-fs.ts'
import type { DiskDirectory } from '../doubles/faulty-disk.ts'
import { seededRandom } from '../doubles/random.ts'
import { keyedBatch, recordsOf, smallSegments, topicId } from './batches.ts'
import { fileIn, fileNames, openOnDisk, partitionDirectory, resize } from './file-log-fixture.ts'

const directory = `/logs/orders-0.${topicId}`
const batchCount = 12
const config = { ...smallSegments, segmentBytes: 400 }

/** Batch `i` has the offsets 2i and 2i+1; three batches make up a segment. */
function batch(i: number): Buffer {
  return keyedBatch([
    [`a${pad(i)}`, 'x'.repeat(20)],
    [`b${pad(i)}`, 'y'.repeat(20)],
  ])
}

function pad(i: number): string {
  return String(i).padStart(2, '0')
}

const batchBytes = batch(0).length

function recordsOfBatches(batches: readonly number[]): string[] {
  return batches.flatMap(i => [
    `${2 * i} a${pad(i)}=${'x'.repeat(20)}`,
    `${2 * i + 1} b${pad(i)}=${'y'.repeat(20)}`,
  ])
}

const all = Array.from({ length: batchCount }, (_, i) => i)

async function written(): Promise<DiskDirectory> {
  const { root, log } = await openOnDisk({ config })
  for (const i of all) await log.append(batch(i), 'durable')
  await log.close()
  expect(fileNames(root).filter(name => name.endsWith('.log'))).toEqual(all.slice(0, 4).map(logOf))
  return root
}

function logOf(segment: number): string {
  return `${String(segment * 6).padStart(20, '0')}.log`
}

function fsOf(root: DiskDirectory) {
  return faultyFs(root, { random: seededRandom(1) })
}

/** What verify says, in the order of the files; nothing when all is well. */
async function findings(root: DiskDirectory): Promise<string[]> {
  const { damage, notes } = await inspectLog(fsOf(root), directory)
  return [...damage, ...notes].map(({ path, what }) => `${path} ${what}`)
}

async function repaired(root: DiskDirectory, cut = false): Promise<RepairPlan> {
  const plan = await planRepair(fsOf(root), directory, { cut })
  await repair(fsOf(root), plan)
  return plan
}

/** Batches that a repair has left, by what a reader of the opened log gets. */
async function opened(root: DiskDirectory) {
  const disk = await openOnDisk({ root, config })
  const { startOffset, endOffset } = disk.log
  const records = await recordsOf(disk.log)
  const { baseOffset } = await disk.log.append(keyedBatch([['new', 'one']]), 'durable')
  expect(baseOffset).toBe(endOffset)
  expect((await recordsOf(disk.log)).at(-1)).toBe(`${endOffset} new=one`)
  await disk.log.close()
  return { startOffset, endOffset, records, truncated: disk.truncated }
}

function without(...lost: number[]): string[] {
  return recordsOfBatches(all.filter(i => !lost.includes(i)))
}

function flip(root: DiskDirectory, name: string, at: number): void {
  const file = fileIn(root, name)
  file.bytes.writeUInt8(file.bytes.readUInt8(at) ^ 0x10, at)
}

function remove(root: DiskDirectory, ...names: string[]): void {
  for (const name of names) partitionDirectory(root).entries.delete(name)
}

function copyTo(root: DiskDirectory, from: string, to: string, edit = (bytes: Buffer) => bytes) {
  const { entries } = partitionDirectory(root)
  const source = fileIn(root, from)
  const bytes = edit(Buffer.from(source.bytes))
  entries.set(
    to,
    Object.assign(Object.create(Object.getPrototypeOf(source)), source, { bytes, durable: bytes }),
  )
}

interface Damage {
  what: string
  damage: (root: DiskDirectory) => void
  /** The batches that are lost. */
  lost: number[]
}

const [first, second, third, last] = all.map(logOf) as [string, string, string, string]
const damages: Damage[] = [
  { what: 'a byte of a record', damage: root => flip(root, second, batchBytes + 70), lost: [4] },
  { what: 'the first batch of all', damage: root => flip(root, first, 30), lost: [0] },
  {
    what: 'the last batch of all',
    damage: root => flip(root, last, 2 * batchBytes + 65),
    lost: [11],
  },
  {
    what: 'the last batch of a segment',
    damage: root => flip(root, second, 2 * batchBytes + 65),
    lost: [5],
  },
  { what: 'a length', damage: root => flip(root, second, 10), lost: [3] },
  { what: 'a base offset', damage: root => flip(root, second, batchBytes + 6), lost: [4] },
  {
    what: 'the base offset of the last batch',
    damage: root => flip(root, last, 2 * batchBytes + 6),
    lost: [11],
  },
  {
    what: 'several batches',
    damage(root) {
      flip(root, first, batchBytes + 70)
      flip(root, first, 2 * batchBytes + 70)
      flip(root, second, 70)
      flip(root, last, 70)
    },
    lost: [1, 2, 3, 9],
  },
  {
    what: 'a segment in the middle, missing',
    damage: root => remove(root, second),
    lost: [3, 4, 5],
  },
  { what: 'the first segment, missing', damage: root => remove(root, first), lost: [0, 1, 2] },
  { what: 'the last segment, missing', damage: root => remove(root, last), lost: [9, 10, 11] },
  {
    what: 'all segments, missing',
    damage: root => remove(root, first, second, third, last),
    lost: all,
  },
  { what: 'an empty segment', damage: root => resize(root, second, 0), lost: [3, 4, 5] },
  {
    what: 'a checkpoint ahead of the data',
    damage: root => resize(root, last, batchBytes + 20),
    lost: [10, 11],
  },
  {
    what: 'a tail of zeros below what was synced',
    damage: root => fileIn(root, last).bytes.fill(0, 2 * batchBytes),
    lost: [11],
  },
  { what: 'a tail of zeros behind it', damage: root => resize(root, last, 10_000), lost: [] },
  { what: 'a checkpoint that is damaged', damage: root => flip(root, 'checkpoint', 20), lost: [] },
  {
    what: 'no checkpoint, and a batch',
    damage(root) {
      remove(root, 'checkpoint')
      flip(root, first, batchBytes + 70)
    },
    lost: [1],
  },
  {
    what: 'no checkpoint, and a segment',
    damage: root => remove(root, 'checkpoint', third),
    lost: [6, 7, 8],
  },
  {
    what: 'segments that overlap',
    damage(root) {
      remove(root, 'checkpoint')
      // The batches 1 and 2 again, under a name that says so.
      copyTo(root, first, `${'2'.padStart(20, '0')}.log`, bytes => bytes.subarray(batchBytes))
    },
    lost: [],
  },
  {
    what: 'a batch that the segment before a compaction still has',
    damage(root) {
      copyTo(root, second, second.replace('.log', '.1.log'))
      flip(root, second, batchBytes + 70)
    },
    lost: [],
  },
  {
    what: 'a batch within a record of a damaged one',
    damage(root) {
      const inner = batch(99)
      setBaseOffset(inner, 0, 8)
      const { bytes } = fileIn(root, second)
      inner.copy(bytes, batchBytes + 61, 0, Math.min(inner.length, batchSize(bytes) - 61))
    },
    lost: [4],
  },
  {
    what: 'an index that is gone, and one that leads nowhere',
    damage(root) {
      remove(root, first.replace('.log', '.index'))
      fileIn(root, second.replace('.log', '.index')).bytes.fill(1)
      resize(root, third.replace('.log', '.timeindex'), 1000)
    },
    lost: [],
  },
]

describe('a repair of', () => {
  it.each(damages)('$what leaves the rest', async ({ damage, lost }) => {
    const root = await written()
    damage(root)
    expect(await findings(root)).not.toEqual([])
    const before = contents(root)
    const plan = await repaired(root)
    expect(lostBatches(plan)).toEqual(lost)
    expect(plan.losesRecords).toBe(lost.length > 0)
    expectAllKept(before, root)
    expect(await findings(root)).toEqual([])
    expect(await opened(root)).toEqual({
      startOffset: 0,
      endOffset: 2 * batchCount,
      records: without(...lost),
      truncated: false,
    })
    expect(await findings(root)).toEqual([])
  })

  it.each(damages)('$what outlives the loss of its checkpoint', async ({ damage, lost }) => {
    const root = await written()
    damage(root)
    await repaired(root)
    remove(root, 'checkpoint')
    expect((await opened(root)).records).toEqual(without(...lost))
  })

  it.each(damages.filter(({ lost }) => lost.length > 0))(
    '$what can end the log before it',
    async ({ damage, lost }) => {
      const root = await written()
      damage(root)
      const plan = await repaired(root, true)
      expect(plan.lost).toEqual([{ firstOffset: 2 * lost[0]!, nextOffset: 2 * batchCount }])
      expect(await findings(root)).toEqual([])
      const { endOffset, records } = await opened(root)
      expect(endOffset).toBe(2 * lost[0]!)
      expect(records).toEqual(recordsOfBatches(all.slice(0, lost[0])))
    },
  )

  it('a log that was trimmed forgets what lies below its start', async () => {
    const root = await written()
    const { log } = await openOnDisk({ root, config })
    await log.trim(9)
    await log.close()
    flip(root, second, 70)
    const { lost, startOffset } = await repaired(root)
    expect({ lost, startOffset }).toEqual({ lost: [], startOffset: 9 })
    expect(await findings(root)).toEqual([])
    expect((await opened(root)).records).toEqual(recordsOfBatches(all.slice(4)))
  })

  it('a sound log makes nothing but indexes anew', async () => {
    const root = await written()
    const logNames = (): string[] => fileNames(root).filter(name => !name.endsWith('index'))
    const before = logNames()
    const plan = await repaired(root)
    expect(plan).toMatchObject({ setAside: [], lost: [], damaged: [], losesRecords: false })
    expect(logNames()).toEqual(before)
  })

  it('a tail whose offsets nobody knows may lose records, and says so', async () => {
    const root = await written()
    const { bytes } = fileIn(root, last)
    resize(root, last, bytes.length + 30)
    fileIn(root, last).bytes.fill(7, bytes.length)
    const { lost, losesRecords, damaged } = await repaired(root)
    expect({ lost, losesRecords }).toEqual({ lost: [], losesRecords: true })
    expect(damaged).toMatchObject([{ position: bytes.length, bytes: 30 }])
    expect((await opened(root)).records).toEqual(without())
  })
})

describe('a repair that is stopped', () => {
  it('at any operation, can be done again', async () => {
    for (let crashAt = 1, isDone = false; !isDone; crashAt++) {
      const root = await written()
      flip(root, second, batchBytes + 70)
      remove(root, third)
      const plan = await planRepair(fsOf(root), directory, { cut: false })
      const before = contents(root)
      const fs = faultyFs(root, { random: seededRandom(crashAt), crashAt })
      isDone = await Promise.race([
        repair(fs, plan).then(() => true),
        fs.machine.crashed.then(() => false),
      ])
      const left = fs.machine.restart('kill')
      expectAllKept(before, left)
      await repaired(left)
      expect(await findings(left), `stopped at ${crashAt}`).toEqual([])
      const { records } = await opened(left)
      expect(records, `stopped at ${crashAt}`).toEqual(without(4, 6, 7, 8))
    }
  })
})

const seeds = Number(process.env['REPAIR_SEEDS'] ?? 150)
const firstSeed = Number(process.env['ODRADEK_TEST_SEED'] ?? 1)

describe('damage anywhere', () => {
  it(`is repaired, and takes only what was hit (seeds from ${firstSeed})`, async () => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const root = await written()
      const random = seededRandom(seed)
      const hit = new Set<number>()
      for (let i = 0; i <= random() * 3; i++) damageSomething(root, random, hit)
      const before = contents(root)
      const plan = await repaired(root)
      expectAllKept(before, root)
      expect(await findings(root), `seed ${seed}`).toEqual([])
      const { records } = await opened(root)
      expect(records, `seed ${seed}`).toEqual(expect.arrayContaining(without(...hit)))
      expect(without(), `seed ${seed}`).toEqual(expect.arrayContaining(records))
      expect(records, `seed ${seed}`).toEqual(records.toSorted((a, b) => parseInt(a) - parseInt(b)))
      expect(new Set(records).size).toBe(records.length)
      const lost = lostBatches(plan).filter(i => 2 * i >= plan.startOffset)
      if (!plan.losesRecords || plan.lost.length > 0) {
        expect(without(...lost), `seed ${seed}`).toEqual(expect.arrayContaining(records))
      }
    }
  })
})

/** Flips, zeroes or cuts some bytes of some file, and notes the batches that they belong to. */
function damageSomething(root: DiskDirectory, random: () => number, hit: Set<number>): void {
  const names = fileNames(root)
  const name = names[Math.floor(random() * names.length)]!
  const { bytes } = fileIn(root, name)
  if (bytes.length === 0) return
  const at = Math.floor(random() * bytes.length)
  const count = Math.min(bytes.length - at, 1 + Math.floor(random() ** 4 * 300))
  const kind = random()
  if (kind < 0.2) resize(root, name, at)
  else if (kind < 0.4) bytes.fill(0, at, at + count)
  else {
    for (let i = at; i < at + count; i++) bytes[i]! ^= 1 + Math.floor(random() * 255)
  }
  if (!name.endsWith('.log')) return
  const segment = [first, second, third, last].indexOf(name)
  const end = kind < 0.2 ? bytes.length : at + count
  for (let i = 0; i < 3; i++) {
    const isHit = at < (i + 1) * batchBytes && end > i * batchBytes
    if (isHit) hit.add(segment * 3 + i)
  }
}

/** The segments and the checkpoint, by name. */
function contents(root: DiskDirectory): Map<string, string> {
  const names = fileNames(root).filter(name => /\.log$|checkpoint$|before-repair/.test(name))
  return new Map(names.map(name => [name, fileIn(root, name).bytes.toString('hex')]))
}

/** Whatever there was of records, there is still. */
function expectAllKept(before: ReadonlyMap<string, string>, root: DiskDirectory): void {
  const kept = [...contents(root).values()]
  for (const [name, bytes] of before) {
    if (name !== 'checkpoint') expect(kept, name).toContain(bytes)
  }
}

function lostBatches({ lost }: RepairPlan): number[] {
  return all.filter(i => lost.some(gap => gap.firstOffset <= 2 * i && gap.nextOffset > 2 * i))
}
