import { stripVTControlCharacters } from 'node:util'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { openSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { banner, type ReadyFacts } from '../../src/cli/banner.ts'
import { createOutput, type Output, type OutputStream } from '../../src/cli/output.ts'

const facts: ReadyFacts = {
  version: '1.2.3',
  readyMs: 142,
  addresses: ['127.0.0.1:9092', '[::1]:9093'],
  advertised: undefined,
  httpAddress: '127.0.0.1:8080',
  durability: 'disk',
  dataDirectory: './odradek-data',
  createsTopics: true,
  development: false,
}

type Level = Parameters<typeof createOutput>[1]

/** What a terminal gets. */
async function toTerminal(level: Level, use: (output: Output) => void): Promise<string> {
  let written = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString()
      done()
    },
  })
  const terminal = Object.assign(stream, { isTTY: true, fd: 2 }) as unknown as OutputStream
  use(await createOutput(terminal, level))
  return written
}

/** What people read on a terminal. */
async function onTerminal(level: Level, use: (output: Output) => void): Promise<string> {
  return stripVTControlCharacters(await toTerminal(level, use))
}

async function written(level: Level, use: (output: Output) => void): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odradek-output-'))
  const file = path.join(directory, 'log')
  const fd = openSync(file, 'w')
  use(await createOutput({ isTTY: false, fd } as OutputStream, level))
  closeSync(fd)
  const text = await readFile(file, 'utf8')
  await rm(directory, { recursive: true })
  return text
}

/** What programs read from a pipe or a file. */
async function asJson(level: Level, use: (output: Output) => void): Promise<unknown[]> {
  const lines = (await written(level, use)).split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line) as unknown)
}

function logAll({ logger, ready }: Output): void {
  logger.debug({ peer: 'a' }, 'socket')
  ready(facts)
  logger.warn({ topic: 'orders', partition: 0 }, 'cut')
  logger.error({ err: new Error('broken') }, 'request failed')
}

it.each([
  ['a terminal', async (use: (output: Output) => void) => (await onTerminal('warn', use)).length],
  ['a pipe', async (use: (output: Output) => void) => (await asJson('warn', use)).length],
])('the level can be changed, on %s', async (_, written) => {
  const quiet = await written(({ logger }) => logger.info({}, 'now'))
  const louder = await written(({ logger }) => {
    logger.level = 'info'
    logger.info({}, 'now')
  })
  expect([quiet, louder > 0]).toEqual([0, true])
})

describe('on a terminal', () => {
  it('the banner names what holds, and what --dev would add', () => {
    expect(banner(facts)).toBe(`odradek 1.2.3  ready in 142 ms  (disk; data in ./odradek-data)
  kafka     127.0.0.1:9092   any client; it is sent back to the address that it dialled
  kafka     [::1]:9093
  http      http://127.0.0.1:8080/   api /v1, metrics /metrics
  topics    created on first use (--set auto.create.topics.enable=false to stop that)
  try       odradek produce hello 'world'    odradek tail --all
  --dev     adds HTTP, faults, reset, a clock to move; members who hang up have left`)
  })

  it('the banner of a broker that keeps nothing, on another port, is five lines', () => {
    const memory = { ...facts, durability: 'memory', dataDirectory: undefined } as const
    const addresses = ['[::1]:7000']
    const advertised = ['kafka.test:9092']
    const others = { addresses, advertised, httpAddress: undefined, createsTopics: false }
    const text = banner({ ...memory, ...others, httpAddress: '[::1]:7000', development: true })
    const [first, ...rest] = text.split('\n')
    expect(first).toContain('(memory; nothing is kept: add --data-dir ./odradek-data)')
    expect(rest.join('\n')).toBe(`  kafka     [::1]:7000   any client; it is sent to kafka.test:9092
  http      http://[::1]:7000/   api /v1, metrics /metrics
  topics    created by 'odradek topic create' only (auto.create.topics.enable=false)
  try       odradek produce -b [::1]:7000 hello 'world'    odradek tail -b [::1]:7000 --all`)
  })

  it('messages are lines for people, with the stack of an error', async () => {
    const text = await onTerminal('info', logAll)
    expect(text).toContain('odradek 1.2.3  ready')
    expect(text).toContain('\nwarning: cut topic=orders partition=0\n')
    expect(text).toMatch(/\nerror: request failed\nError: broken\n +at /)
    expect(text).not.toContain('socket')
  })

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('level %s shows what is as important', async (level, count) => {
    const text = await onTerminal(level, logAll)
    expect(text.match(/debug:|odradek 1|warning:|error:/g) ?? []).toHaveLength(count)
  })
})

// A line break, a colour, C1's colour, a line separator, and text from right to left.
const hostile = 'a\nerror: b\r\u001b[31m\u009b31m\u2028\u202e\u007f'
const harmless = 'a\\u000aerror: b\\u000d\\u001b[31m\\u009b31m\\u2028\\u202e\\u007f'
const hostileError = Object.assign(new Error(hostile), { stack: `Error: ${hostile}\n    at x` })

describe('what clients choose', () => {
  it('does not control a terminal', async () => {
    const details = { clientId: hostile, users: [hostile], none: undefined, err: hostileError }
    const text = await toTerminal('debug', ({ logger }) => logger.debug(details, 'x'))
    expect(text).toContain(` clientId=${harmless} users=["`)
    expect(text.match(/[\p{Cc}\u2028\u202e]/gu)).toEqual(['\n', '\n', '\n', '\n'])
  })

  it('stays within its line of JSON, and comes back as it was', async () => {
    const details = { clientId: hostile, [hostile]: [hostile], err: hostileError }
    const text = await written('debug', ({ logger }) => logger.debug(details, 'x'))
    expect(text.match(/[\p{Cc}\u2028\u202e]/gu)).toEqual(['\n'])
    const line: unknown = JSON.parse(text)
    expect(line).toMatchObject({
      clientId: hostile,
      [hostile]: [hostile],
      err: { message: hostile },
    })
  })
})

describe('elsewhere', () => {
  it('everything is a line of JSON', async () => {
    expect(await asJson('debug', logAll)).toMatchObject([
      { level: 'debug', pid: process.pid, peer: 'a', msg: 'socket' },
      { level: 'info', ...(JSON.parse(JSON.stringify(facts)) as object), msg: 'ready' },
      { level: 'warn', topic: 'orders', partition: 0, msg: 'cut' },
      { level: 'error', err: { message: 'broken' }, msg: 'request failed' },
    ])
  })

  it('level silent writes nothing', async () => {
    expect(await asJson('silent', logAll)).toEqual([])
  })
})
