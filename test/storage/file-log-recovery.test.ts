import { describe, expect, it } from 'vitest'
import { crc32c } from '../../protocol/crc32c.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { seededRandom } from '../doubles/random.ts'
import { batchOf, readAll, readFrom, smallSegments, split, topicId } from './batches.ts'
import {
  crash,
  fileIn,
  fileNames,
  openOnDisk,
  overwrite,
  partitionDirectory,
  resize,
  type OnDisk,
} from './file-log-fixture.ts'

const firstSegment = '00000000000000000000.log'

async function withBatches(count: number, options = {}): Promise<OnDisk> {
  const disk = await openOnDisk(options)
  for (let i = 0; i < count; i++) await disk.log.append(batchOf(1, 50), 'durable')
  return disk
}

const batchBytes = batchOf(1, 50).length

describe('after a crash (Kafka: LogLoader.recoverLog)', () => {
  it('a torn tail is cut at the last whole batch, and the rest goes on', async () => {
    const disk = await withBatches(3)
    resize(disk.root, firstSegment, 3 * batchBytes - 1)
    const after = await crash(disk)
    expect(after.truncated).toBe(true)
    expect(after.messages).toEqual([
      expect.stringContaining(`${firstSegment} is cut at byte ${2 * batchBytes}`),
    ])
    expect(fileIn(after.root, firstSegment).bytes.length).toBe(2 * batchBytes)
    expect(await after.log.append(batchOf(1), 'durable')).toEqual({ baseOffset: 2 })
    expect(await readFrom(after.log, 0)).toEqual([0, 1, 2])
  })

  it('what has no checkpoint is checked; after a clean stop there is nothing', async () => {
    const after = await crash(await withBatches(3))
    expect(after.checkedBytes).toBe(3 * batchBytes)
    await after.log.close()
    expect((await crash(after)).checkedBytes).toBe(0)
  })

  it('a small tail is checked each time until a checkpoint is due, a large one once', async () => {
    const after = await crash(await withBatches(3))
    await after.log.append(batchOf(1, 50), 'durable')
    const again = await crash(after)
    expect(again.checkedBytes).toBe(4 * batchBytes)
    await again.log.checkpoint()
    const disk = await crash(again)
    expect(disk.checkedBytes).toBe(0)
    await disk.log.append(batchOf(1, 1024 * 1024), 'durable')
    const large = await crash(disk)
    expect(large.checkedBytes).toBeGreaterThan(1024 * 1024)
    expect((await crash(large)).checkedBytes).toBe(0)
  })

  it.each([
    ['a bit of a record', 70],
    ['its offset', 7],
    ['its message format', 16],
    ['its length', 8],
    ['its checksum', 18],
  ])('a batch with damage in %s is cut', async (_, at) => {
    const disk = await withBatches(3)
    overwrite(disk.root, firstSegment, batchBytes + at, Buffer.from([0x55]))
    const after = await crash(disk)
    expect(after.truncated).toBe(true)
    expect(after.log.endOffset).toBe(1)
  })

  it('people are told of whole batches behind the damage', async () => {
    const disk = await withBatches(4)
    overwrite(disk.root, firstSegment, batchBytes + 70, Buffer.from([0x55]))
    const after = await crash(disk)
    expect(after.messages).toEqual([
      expect.stringMatching(
        `is cut at byte ${batchBytes}: .* the 2 whole ones there may have been`,
      ),
    ])
  })

  it('a tail of zeros, as some file systems leave it, is cut', async () => {
    const disk = await withBatches(3)
    resize(disk.root, firstSegment, 3 * batchBytes + 4096)
    const after = await crash(disk)
    expect(after.truncated).toBe(true)
    expect(after.log.endOffset).toBe(3)
  })

  it('segments that follow the cut are removed', async () => {
    const disk = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
    // As if no checkpoint had been written yet.
    partitionDirectory(disk.root).entries.delete('checkpoint')
    overwrite(disk.root, '00000000000000000001.log', 100, Buffer.from('damage'))
    const after = await crash(disk)
    expect(after.truncated).toBe(true)
    expect(after.log.endOffset).toBe(1)
    expect(fileNames(after.root).filter(name => name.endsWith('.log'))).toEqual([
      firstSegment,
      '00000000000000000001.log',
    ])
  })

  it('nothing is cut when nothing is torn', async () => {
    const disk = await withBatches(3)
    const after = await crash(disk, 'power loss')
    expect(after.truncated).toBe(false)
    expect(after.log.endOffset).toBe(3)
    expect(after.messages).toEqual([])
  })

  it('what was recovered is synced before it is served (disk mode: written anew)', async () => {
    const disk = await openOnDisk({ durability: 'os' })
    await disk.log.append(batchOf(1, 50), 'durable')
    let after = await crash(disk)
    after = await crash(after, 'power loss')
    expect(after.log.endOffset).toBe(1)
  })

  it('what was recovered from a failed sync survives a power loss', async () => {
    const fail = (operation: string): string | undefined =>
      operation === 'datasync' ? 'EIO' : undefined
    const disk = await openOnDisk({ fail })
    await expect(disk.log.append(batchOf(1, 50), 'durable')).rejects.toThrow('EIO')
    // The page cache has it and believes it clean, so that a second sync would do nothing.
    const restarted = await crash(disk)
    expect(restarted.log.durableOffset).toBe(1)
    const after = await crash(restarted, 'power loss')
    expect(after.log.endOffset).toBe(1)
  })

  it('a checkpoint whose name is in memory only is synced before it is acted on', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const state = { isArmed: false }
      const disk = await openOnDisk({
        config: smallSegments,
        fail: operation => (state.isArmed && operation === 'syncDirectory' ? 'EIO' : undefined),
      })
      for (let i = 0; i < 9; i++) await disk.log.append(batchOf(1, 200), 'durable')
      // Behind the checkpoints of the rolls.
      await disk.log.trim(1)
      state.isArmed = true
      await expect(disk.log.trim(8)).rejects.toThrow('EIO')
      const restarted = await crash(disk, 'kill', { random: seededRandom(seed) })
      expect(restarted.log.startOffset).toBe(8)
      const after = await crash(restarted, 'power loss')
      expect(after.log.startOffset).toBe(8)
      expect(await readFrom(after.log, 8)).toEqual([8])
    }
  })
})

describe('a checkpoint that is asked for', () => {
  it('covers what was appended, so that damage of it is never cut', async () => {
    const disk = await withBatches(3)
    await disk.log.checkpoint()
    await disk.log.append(batchOf(1, 50), 'durable')
    resize(disk.root, firstSegment, 3 * batchBytes - 1)
    await expect(crash(disk)).rejects.toThrow(`is damaged at byte ${3 * batchBytes - 1}`)
  })

  it('is not written twice for the same, and not in os mode, which promises nothing', async () => {
    const disk = await withBatches(3)
    await disk.log.checkpoint()
    expect(disk.count('rename')).toBe(1)
    await disk.log.checkpoint()
    expect(disk.count('datasync')).toBe(0)
    const inCache = await withBatches(3, { durability: 'os' })
    await inCache.log.checkpoint()
    expect(inCache.count('datasync')).toBe(0)
  })
})

describe('below the checkpoint', () => {
  async function closed(): Promise<OnDisk> {
    const disk = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.close()
    return disk
  }

  it('a missing segment keeps the log from opening, by name', async () => {
    const disk = await closed()
    partitionDirectory(disk.root).entries.delete('00000000000000000001.log')
    await expect(crash(disk)).rejects.toThrow(StorageError)
    await expect(crash(disk)).rejects.toThrow(/00000000000000000001\.log is missing/)
  })

  it('a segment that is too short keeps it from opening, and is kept', async () => {
    const disk = await closed()
    resize(disk.root, '00000000000000000003.log', 100)
    await expect(crash(disk)).rejects.toThrow(/00000000000000000003\.log is damaged at byte 100/)
    expect(fileIn(disk.root, '00000000000000000003.log').bytes.length).toBe(100)
  })

  it('damage that a read comes upon takes the log offline, with file and position', async () => {
    const disk = await closed()
    overwrite(disk.root, '00000000000000000001.log', 16, Buffer.from([9]))
    const { log, messages } = await crash(disk)
    let told = 0
    log.onProgress = () => told++
    const read = log.read(1, 1000, Infinity)
    await expect(read).rejects.toThrow(/0001\.log is damaged at byte 0: message format 9/)
    expect(log.failure).toBeInstanceOf(StorageError)
    expect(messages).toHaveLength(1)
    expect(told).toBe(1)
    await expect(log.append(batchOf(1), 'durable')).rejects.toBe(log.failure)
  })

  it('a damaged checkpoint is refused, and what to do is said', async () => {
    const disk = await closed()
    overwrite(disk.root, 'checkpoint', 20, Buffer.from('?'))
    await expect(crash(disk)).rejects.toThrow(/checkpoint is damaged.*log repair/)
    partitionDirectory(disk.root).entries.delete('checkpoint')
    expect((await crash(disk)).log.endOffset).toBe(4)
  })

  it('a checkpoint of a later version is refused', async () => {
    const disk = await closed()
    const [body] = fileIn(disk.root, 'checkpoint').bytes.toString().split('\n')
    const later = Buffer.from(body!.replace('"version":2', '"version":3'))
    const content = `${later.toString()}\n${crc32c(later).toString(16).padStart(8, '0')}\n`
    overwrite(disk.root, 'checkpoint', 0, Buffer.from(content))
    await expect(crash(disk)).rejects.toThrow(
      /checkpoint has version 3; this program reads up to 2/,
    )
  })

  it('a checkpoint from before there was compaction is read', async () => {
    const disk = await closed()
    const [body] = fileIn(disk.root, 'checkpoint').bytes.toString().split('\n')
    const { segments, startOffset } = JSON.parse(body!) as {
      segments: { generation?: number }[]
      startOffset: number
    }
    for (const mark of segments) delete mark.generation
    const earlier = Buffer.from(JSON.stringify({ version: 1, startOffset, segments }))
    const content = `${earlier.toString()}\n${crc32c(earlier).toString(16).padStart(8, '0')}\n`
    resize(disk.root, 'checkpoint', content.length)
    overwrite(disk.root, 'checkpoint', 0, Buffer.from(content))
    resize(disk.root, '00000000000000000003.log', 1000)
    const after = await crash(disk)
    expect(await readFrom(after.log, 0)).toEqual([0])
    expect(after.log.endOffset).toBe(4)
    expect(after.messages).toEqual([expect.stringContaining('0003.log is cut')])
  })

  it('a trimmed log opens without its checkpoint', async () => {
    const disk = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 4; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await disk.log.trim(2)
    partitionDirectory(disk.root).entries.delete('checkpoint')
    const { log } = await crash(disk)
    expect([log.startOffset, log.endOffset]).toEqual([2, 4])
  })
})

describe('after a clean shutdown', () => {
  it.each(['os', 'disk'] as const)('nothing is walked (%s mode)', async durability => {
    const operations = async (batches: number): Promise<number> => {
      const disk = await withBatches(batches, { durability })
      await disk.log.close()
      const after = await crash(disk, 'kill', { durability })
      expect(after.log.endOffset).toBe(batches)
      expect(after.truncated).toBe(false)
      return after.fs.machine.operations
    }
    expect(await operations(500)).toBe(await operations(5))
  })

  it('no file stays open', async () => {
    const disk = await openOnDisk({ config: smallSegments })
    for (let i = 0; i < 20; i++) await disk.log.append(batchOf(1, 200), 'durable')
    await readAll(disk.log)
    await disk.log.close()
    expect(disk.fs.machine.openFiles).toBe(0)
  })

  it('the log goes on in the segment that it had', async () => {
    const disk = await withBatches(3)
    await disk.log.close()
    const after = await crash(disk)
    await after.log.append(batchOf(1, 50), 'durable')
    expect(fileNames(after.root).filter(name => name.endsWith('.log'))).toEqual([firstSegment])
    expect(split([await readAll(after.log)])).toHaveLength(4)
  })
})

describe('after a power loss', () => {
  it('a topic that was deleted stays deleted', async () => {
    // Nothing survives that is not synced.
    const disk = await withBatches(3, { random: () => 0 })
    await disk.log.close()
    await disk.store.delete(topicId)
    const after = await crash(disk, 'power loss')
    expect(after.log.endOffset).toBe(0)
  })
})

describe('at the stop', () => {
  it('what is synced is not synced again', async () => {
    const disk = await withBatches(3)
    disk.count('datasync', firstSegment)
    await disk.log.close()
    expect(disk.count('datasync', firstSegment)).toBe(0)
  })
})

describe('at the start', () => {
  it('what is left over is removed, and strange files are left alone', async () => {
    const disk = await withBatches(1)
    await disk.log.close()
    const { entries } = partitionDirectory(disk.root)
    entries.set('checkpoint.tmp', fileIn(disk.root, 'checkpoint'))
    entries.set('00000000000000000077.index', fileIn(disk.root, 'checkpoint'))
    entries.set('notes.log', fileIn(disk.root, 'checkpoint'))
    const after = await crash(disk)
    expect(fileNames(after.root)).toEqual([firstSegment, 'checkpoint', 'notes.log'])
  })
})
