import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteMetadataStore } from '../../storage/sqlite/store.ts'
import { seededRandom } from '../doubles/random.ts'
import { numberOf, rowsOf, topic } from './metadata-rows.ts'

const script = fileURLToPath(new URL('commit-loop.ts', import.meta.url))
const rounds = 5
const maxCommits = 300
/** ODRADEK_TEST_SEED repeats a run. */
const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Math.trunc(Math.random() * 1e6))

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-kill-'))
  file = path.join(directory, 'metadata.sqlite')
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

describe('SIGKILL during commits', () => {
  for (const durability of ['os', 'disk'] as const) {
    it(`loses nothing acknowledged and tears nothing (${durability}, seed ${seed})`, async () => {
      const random = seededRandom(seed)
      for (let round = 0; round < rounds; round++) {
        const acknowledged = await commitUntilKilled(durability, 1 + random() * maxCommits)
        const stored = await storedNumber()
        expect(stored).toBeGreaterThanOrEqual(acknowledged)
      }
    }, 30_000)
  }
})

/** Kills the process after that many acknowledgements; returns the last one that it printed. */
async function commitUntilKilled(durability: string, commits: number): Promise<number> {
  const child = spawn(process.execPath, [script, file, durability], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let acknowledged = 0
  let lines = 0
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line)
    if (++lines >= commits) child.kill('SIGKILL')
  }
  const [code, signal] = await closed
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
  return acknowledged
}

/** Opening also shows that the lock of the killed process is gone. */
async function storedNumber(): Promise<number> {
  const onFailure = (): void => {}
  const store = openSqliteMetadataStore({ file, durability: 'os', onFailure })
  const rows = await rowsOf(store)
  await store.close()
  const [left] = rows
  const number = numberOf(left)
  expect(rows).toEqual([topic('left', number), topic('right', number)])
  return number
}
