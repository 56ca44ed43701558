/** The server on a real file system that is full, and has space again. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { offsetCommit } from '../protocol/apis/08-offset-commit.ts'
import { startServer, type Server } from '../compat-tests/server.ts'
import { batchOf } from './handlers/batches.ts'
import { elect } from './handlers/reassignments.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { newTopic, type TestTopic } from './handlers/wire.ts'
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

/** Stores offsets of one group after the other until there is no space; returns the errors. */
async function commitUntilFull(server: Server, topic: string): Promise<Set<number>> {
  await using client = await RawClient.connect(server.bootstrapServers)
  const codes = new Set<number>()
  const partition = { partitionIndex: 0, committedOffset: 0, committedMetadata: 'm'.repeat(4000) }
  const topics = [{ name: topic, partitions: [partition] }]
  for (let i = 0; !isFull(server); i++) {
    const answer = await client.request(offsetCommit, 7, { groupId: `group-${i}`, topics })
    codes.add(answer.topics[0]!.partitions[0]!.errorCode)
  }
  return codes
}

function isFull({ log }: Server): boolean {
  return log.some(line => line.includes('no space for metadata'))
}

describe.skipIf(skipped)(`a full disk${skipped}`, () => {
  const large = batchOf(['x'.repeat(100_000)])
  let server: Server
  let client: RawClient
  let full: TestTopic
  let other: TestTopic
  let filler: string

  /** Both topics have records, and the next one of `full` has found no space. */
  beforeEach(async () => {
    server = await startServer('--data-dir', path.join(directory, 'data'))
    client = await RawClient.connect(server.bootstrapServers)
    full = await newTopic(client, { name: 'full' })
    other = await newTopic(client, { name: 'other' })
    for (const topic of [full, other]) {
      expect((await produceTo(client, topic, large)).error).toBe('NONE')
    }
    filler = await fill()
    expect((await produceTo(client, full, large)).error).toBe('KAFKA_STORAGE_ERROR')
  })

  afterEach(async () => {
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    for (const name of ['data', 'filler']) {
      await rm(path.join(directory, name), { recursive: true, force: true })
    }
  })

  async function expectReturn(): Promise<void> {
    expect(await elect(client, full)).toBe('NONE')
    expect(await produceTo(client, full, large)).toMatchObject({ error: 'NONE', baseOffset: 1 })
    expect((await fetchFrom(client, full)).highWatermark).toBe(2)
  }

  it('takes a partition offline until there is space and a leader is elected', async () => {
    expect((await fetchFrom(client, full)).error).toBe('KAFKA_STORAGE_ERROR')
    expect(await fetchFrom(client, other)).toMatchObject({ error: 'NONE', highWatermark: 1 })
    const told = expect.stringMatching(/full-0.* is offline .*ENOSPC.* 0\.0 MB of 8\.4 MB are free/)
    await expect.poll(() => server.log).toContainEqual(told)
    await rm(filler)
    await expectReturn()
  })

  it('lets metadata wait until there is space', async () => {
    const committed = commitUntilFull(server, 'other')
    await expect.poll(() => isFull(server)).toBe(true)
    expect(await fetchFrom(client, other)).toMatchObject({ error: 'NONE', highWatermark: 1 })
    await rm(filler)
    await expectReturn()
    expect(await committed).toEqual(new Set([0]))
  })
})
