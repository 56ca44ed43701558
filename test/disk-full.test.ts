/** The server on a real file system that is full, and has space again. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { offsetCommit } from '../protocol/apis/08-offset-commit.ts'
import { startServer, type Server } from '../compat-tests/server.ts'
import { batchOf } from './handlers/batches.ts'
import { elect } from './handlers/reassignments.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { newTopic } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'odradek-full-'))
const isMounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'odradek-test', directory]).status === 0
const skipped = isMounted ? '' : ' (skipped: no small file system here; mount takes root and Linux)'

afterAll(() => {
  if (isMounted) spawnSync('umount', [directory])
  rmdirSync(directory)
})

/** Leaves no block free; returns the file to remove. */
async function fill(): Promise<string> {
  const file = path.join(directory, 'filler')
  await using handle = await open(file, 'wx')
  const block = Buffer.alloc(4096)
  await expect(async () => {
    for (;;) await handle.write(block)
  }).rejects.toThrow('ENOSPC')
  return file
}

/** Commits offsets until the server has said that there is no space; returns the errors. */
async function commitUntilFull(server: Server, topic: string): Promise<Set<number>> {
  await using client = await RawClient.connect(server.bootstrapServers)
  const codes = new Set<number>()
  for (let committedOffset = 0; !isFull(server); committedOffset++) {
    const partition = { partitionIndex: 0, committedOffset, committedMetadata: '' }
    const topics = [{ name: topic, partitions: [partition] }]
    const answer = await client.request(offsetCommit, 7, { groupId: 'g', topics })
    codes.add(answer.topics[0]!.partitions[0]!.errorCode)
  }
  return codes
}

function isFull({ log }: Server): boolean {
  return log.some(line => line.includes('no space for metadata'))
}

describe.skipIf(skipped)(`a full disk${skipped}`, () => {
  it('takes a partition offline until there is space and a leader is elected', async () => {
    await using server = await startServer('--data-dir', path.join(directory, 'data'))
    await using client = await RawClient.connect(server.bootstrapServers)
    const full = await newTopic(client, { name: 'full' })
    const other = await newTopic(client, { name: 'other' })
    for (const topic of [full, other]) {
      expect((await produceTo(client, topic, batchOf(['first']))).error).toBe('NONE')
    }

    const filler = await fill()
    const large = batchOf(['x'.repeat(100_000)])
    expect((await produceTo(client, full, large)).error).toBe('KAFKA_STORAGE_ERROR')
    expect((await fetchFrom(client, full)).error).toBe('KAFKA_STORAGE_ERROR')
    expect(await fetchFrom(client, other)).toMatchObject({ error: 'NONE', highWatermark: 1 })
    const told = expect.stringMatching(/full-0.* is offline .*ENOSPC.* 0\.0 MB of 8\.4 MB are free/)
    await expect.poll(() => server.log).toContainEqual(told)
    const committed = commitUntilFull(server, 'other')
    await expect.poll(() => isFull(server)).toBe(true)
    expect(await fetchFrom(client, other)).toMatchObject({ error: 'NONE', highWatermark: 1 })

    await rm(filler)
    expect(await elect(client, full)).toBe('NONE')
    expect(await produceTo(client, full, large)).toMatchObject({ error: 'NONE', baseOffset: 1 })
    expect((await fetchFrom(client, full)).highWatermark).toBe(2)
    expect(await committed).toEqual(new Set([0]))
  })
})
