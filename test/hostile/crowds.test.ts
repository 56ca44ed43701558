/** Thousands of connections at once, measured within a broker that is a process of its own. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { maxStallMs } from '../fuzz/finding.ts'
import { ProbedServer } from '../fuzz/server.ts'
import { frameOf, RawClient } from '../raw-client.ts'
import { frame, hex, request } from './bytes.ts'

const most = 5000
const atOnce = 250
const announcedBytes = 100_000_000
/** A kernel buffer is not the process's; an idle connection takes 13 KB, garbage and slack more. */
const maxGrowthBytes = 150_000_000

const openFiles = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString())
const mayOpenEnough = !(openFiles < most + 1500)

let server: ProbedServer
let bystander: RawClient

beforeAll(async () => {
  server = await ProbedServer.start()
  bystander = await RawClient.connect(server.addresses[0]!)
})
afterAll(async () => {
  await bystander[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const crowds = [
  [most, 'that send nothing', Buffer.alloc(0)],
  [most, 'that announce 100 MB', frameOf(Buffer.alloc(100), announcedBytes)],
  [most, 'that send half a request', request(apiVersions, 0, {}).subarray(0, 9)],
  // Each of these is a line in the log.
  [500, 'that speak TLS', hex('16030100c8010000c40303')],
  [500, 'that send an unknown API', frame('270f 0000 00000007 ffff')],
] as const

for (const [count, what, bytes] of crowds) {
  it.skipIf(!mayOpenEnough)(
    `takes ${count} connections at once ${what}${mayOpenEnough ? '' : ' (skipped: ulimit -n)'}`,
    { timeout: 60_000 },
    () => takesAll(count, bytes),
  )
}

async function takesAll(count: number, bytes: Buffer): Promise<void> {
  const before = await server.measure({ collect: true })
  await using clients = new AsyncDisposableStack()
  for (let i = 0; i < count; i += atOnce) {
    const more = await Promise.all(
      Array.from({ length: atOnce }, () => RawClient.connect(server.addresses[0]!)),
    )
    for (const client of more) clients.use(client).write(bytes)
    expect((await bystander.request(apiVersions, 0, {})).errorCode).toBe(0)
  }
  const after = await server.measure()
  expect(after.stallMs).toBeLessThan(maxStallMs)
  expect(after.residentBytes - before.residentBytes).toBeLessThan(maxGrowthBytes)
  expect(server.takeErrors()).toEqual([])
}
