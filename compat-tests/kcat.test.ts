/**
 * kcat (librdkafka). With KAFKA_BOOTSTRAP set, against that broker: so these expectations were
 * checked against Apache Kafka 4.3.1.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { keyDelimiter, sha256, writeTexts, type Texts } from './texts.ts'
import { missing, runTool, type ToolOptions } from './tool.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const skipped = missing('kcat', 'install the Debian package kcat')
const minTextBytes = 50_000_000
const run = `${process.pid}-${Date.now()}`

let folder: string
let server: Server | undefined
let bootstrapServers: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'odradek-kcat-'))
  if (external === undefined) server = await startServer()
  bootstrapServers = external ?? server!.bootstrapServers
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function kcat(args: readonly string[], options?: ToolOptions): Promise<string> {
  return runTool('kcat', ['-b', bootstrapServers, '-q', ...args], options)
}

describe.skipIf(skipped)(`kcat: real texts come back byte for byte${skipped}`, () => {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  const topicOf = (codec: string): string => `texts-${codec}-${run}`
  let texts: Texts
  let sum: string

  beforeAll(async () => {
    const written = await writeTexts(path.join(folder, 'sent'), minTextBytes)
    if (written === undefined) throw new Error('this machine has no texts under /usr')
    texts = written
    sum = await sha256(texts.file)
  })

  async function expectTextsIn(topic: string): Promise<void> {
    const output = path.join(folder, 'received')
    await kcat(['-C', '-t', topic, '-e', '-o', 'beginning', '-K', keyDelimiter], { output })
    expect(await sha256(output)).toBe(sum)
  }

  it.each(codecs)('with compression %s', async codec => {
    const topic = topicOf(codec)
    const storedBefore = await storedBytes()
    const args = ['-P', '-t', topic, '-K', keyDelimiter, '-z', codec, '-X', 'linger.ms=20']
    await kcat(args, { input: texts.file })
    await expectTextsIn(topic)
    if (external !== undefined) return
    // What is stored is what the client sent: compressed, unless it was not.
    const stored = (await storedBytes()) - storedBefore
    if (codec === 'none') expect(stored).toBeGreaterThan(texts.textBytes)
    else expect(stored).toBeLessThan(texts.textBytes / 1.5)
  })

  it.skipIf(external)(
    `all of them again after SIGKILL and a restart${external ? ' (skipped: not our server)' : ''}`,
    async () => {
      await server!.kill()
      await server!.restart()
      for (const codec of codecs) await expectTextsIn(topicOf(codec))
    },
  )

  async function storedBytes(): Promise<number> {
    if (server === undefined) return 0
    const files = await readdir(server.dataDir, { recursive: true, withFileTypes: true })
    const logs = files.filter(file => file.isFile() && file.name.endsWith('.log'))
    const sizes = await Promise.all(logs.map(log => stat(path.join(log.parentPath, log.name))))
    return sizes.reduce((sum, { size }) => sum + size, 0)
  }
})
