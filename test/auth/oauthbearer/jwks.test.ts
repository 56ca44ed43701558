import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Disconnect } from '../../../src/handler.ts'
import { KeySets } from '../../../src/auth/oauthbearer/key-sets.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { jwks, newKey, type TestKey } from './tokens.ts'

const settings = {
  saslOauthbearerJwksEndpointRefreshMs: 3_600_000,
  saslOauthbearerJwksEndpointRetryBackoffMs: 100,
  saslOauthbearerJwksEndpointRetryBackoffMaxMs: 10_000,
}

let keys: TestKey[]
beforeAll(async () => {
  keys = [await newKey('key-0'), await newKey('key-1'), await newKey('key-2')]
})

let clock: ManualClock
let server: Server
let url: string
/** What the endpoint answers; undefined: nothing, ever. */
let answer: { status?: number; headers?: Record<string, string>; body: string } | undefined
let asked: number
let warnings: string[]

beforeEach(async () => {
  clock = new ManualClock()
  answer = { body: jwks(keys[0]!) }
  asked = 0
  warnings = []
  server = createServer((_, response) => {
    asked++
    if (answer) response.writeHead(answer.status ?? 200, answer.headers).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Those of the endpoint, which were asked for once. */
async function open(at = url) {
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (details: object) => void warnings.push((details as { reason: string }).reason),
    error: () => {},
  }
  const opened = await new KeySets({ clock, logger }).of(at, settings)
  await opened.refresh()
  return async (kid: string): Promise<string> => {
    try {
      await opened.key({ alg: 'ES256', kid }, { payload: '', signature: '' })
      return kid
    } catch (error) {
      return (error as Error).name
    }
  }
}

describe('keys behind an address', () => {
  it('are had once, and again when they are old', async () => {
    const find = await open()
    for (let i = 0; i < 5; i++) expect(await find('key-0')).toBe('key-0')
    expect(asked).toBe(1)
    answer = { body: jwks(keys[1]!) }
    clock.advance(settings.saslOauthbearerJwksEndpointRefreshMs - 1)
    expect(await find('key-0')).toBe('key-0')
    clock.advance(1)
    expect(await find('key-0')).toBe('JWKSNoMatchingKey')
    expect(await find('key-1')).toBe('key-1')
  })

  it('are asked for when a token names another, but for strangers not often', async () => {
    const find = await open()
    answer = { body: jwks(keys[0]!, keys[1]!) }
    expect(await find('key-1')).toBe('key-1')
    expect(asked).toBe(2)
    for (let i = 0; i < 100; i++) expect(await find(`stranger-${i}`)).toBe('JWKSNoMatchingKey')
    expect(asked).toBe(2)
    clock.advance(30_000)
    answer = { body: jwks(keys[2]!) }
    expect(await find('key-2')).toBe('key-2')
    expect(asked).toBe(3)
  })

  it('are asked for once by many at the same time', async () => {
    const find = await open()
    answer = { body: jwks(keys[0]!, keys[1]!) }
    clock.advance(settings.saslOauthbearerJwksEndpointRefreshMs)
    const found = await Promise.all(Array.from({ length: 20 }, () => find('key-1')))
    expect(new Set(found)).toEqual(new Set(['key-1']))
    expect(asked).toBe(2)
  })

  it('stay when the endpoint is down, and it is asked less and less often', async () => {
    const find = await open()
    clock.advance(settings.saslOauthbearerJwksEndpointRefreshMs)
    answer = { status: 503, body: '' }
    for (let i = 0; i < 3; i++) expect(await find('key-0')).toBe('key-0')
    expect([asked, warnings]).toEqual([2, ['HTTP status 503']])
    for (const waitMs of [100, 200, 400]) {
      const before = asked
      clock.advance(waitMs - 1)
      await find('key-0')
      expect(asked).toBe(before)
      clock.advance(1)
      await find('key-0')
      expect(asked).toBe(before + 1)
    }
    answer = { body: jwks(keys[1]!) }
    clock.advance(10_000)
    expect(await find('key-1')).toBe('key-1')
  })

  it('may not be there at first: who comes then is sent away, to try again', async () => {
    answer = { status: 500, body: '' }
    const find = await open()
    expect(await find('key-0')).toBe(Disconnect.name)
    answer = { body: jwks(keys[0]!) }
    expect(await find('key-0')).toBe(Disconnect.name)
    clock.advance(100)
    expect(await find('key-0')).toBe('key-0')
  })

  it.each<[string, NonNullable<typeof answer>, RegExp]>([
    ['no JSON', { body: 'not found' }, /JSON/],
    ['no keys', { body: '{}' }, /malformed/],
    ['too much', { body: ' '.repeat(1024 * 1024 + 1) }, /more than 1048576 bytes/],
    // Not where the operator has said (CVE-2025-27817).
    ['another address', { status: 302, headers: { location: '/x' }, body: '' }, /redirect/],
  ])('are none where there is %s', async (_, wrong, reason) => {
    answer = wrong
    const find = await open()
    expect(await find('key-0')).toBe(Disconnect.name)
    expect([asked, warnings]).toEqual([1, [expect.stringMatching(reason)]])
  })

  it('are not waited for longer than ten seconds', async () => {
    answer = undefined
    const opening = open()
    await expect.poll(() => asked).toBe(1)
    clock.advance(10_000)
    expect(await (await opening)('key-0')).toBe(Disconnect.name)
    expect(warnings).toEqual(['no answer within 10000 ms'])
  })
})

describe('keys in a file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-jwks-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('are read when they change, and stay when the file is gone', async () => {
    const file = path.join(folder, 'key set.json')
    await writeFile(file, jwks(keys[0]!))
    const find = await open(pathToFileURL(file).href)
    expect(await find('key-0')).toBe('key-0')
    await writeFile(file, jwks(keys[1]!))
    expect(await find('key-0')).toBe('JWKSNoMatchingKey')
    expect(await find('key-1')).toBe('key-1')
    await rm(file)
    expect(await find('key-1')).toBe('key-1')
    expect(warnings).toEqual([expect.stringContaining('ENOENT')])
  })
})
