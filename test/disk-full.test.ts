/** The server on a real file system that is full, and has space again. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startServer } from '../compat-tests/server.ts'
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

describe.skipIf(skipped)(`a full disk${skipped}`, () => {
  it('takes a partition offline until there is space and a leader is elected', async () => {
    const data = path.join(directory, 'data')
    await using server = await startServer('--data-dir', data)
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

    await rm(filler)
    expect(await elect(client, full)).toBe('NONE')
    expect(await produceTo(client, full, large)).toMatchObject({ error: 'NONE', baseOffset: 1 })
    expect((await fetchFrom(client, full)).highWatermark).toBe(2)
  })
})
