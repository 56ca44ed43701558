/** Kafka's own tool reads what the broker has stored: segments, both indexes, after compaction. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'
import { skipped as withoutJava, Tools } from './tools/tools.ts'

const skipped = withoutJava || missing('kcat', 'install the Debian package kcat')
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const recordsOfCodec = 2000
const keys = 50

describe.skipIf(skipped)(`kafka-dump-log${skipped}`, () => {
  let folder: string
  let server: Server
  let tools: Tools

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-dump-'))
    server = await startServer('--set', 'log.cleaner.backoff.ms=100')
    tools = await Tools.start(server.bootstrapServers)
    const segments = '--config segment.bytes=1048576 --config index.interval.bytes=1000'
    await tools.run(`kafka-topics --create --topic plain ${segments}`)
    const compact = '--config cleanup.policy=compact --config min.cleanable.dirty.ratio=0.01'
    await tools.run(`kafka-topics --create --topic compacted ${segments} ${compact}`)
    for (const codec of codecs) {
      for (const topic of ['plain', 'compacted']) await produce(topic, codec)
    }
    await vi.waitUntil(async () => (await count('compacted')) < recordsOfCodec * codecs.length, {
      timeout: 60_000,
      interval: 500,
    })
    await server.stop()
  })
  afterAll(async () => {
    await tools?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** In many batches, so that the indexes have entries. */
  async function produce(topic: string, codec: string): Promise<void> {
    const input = path.join(folder, 'input')
    const lines = Array.from(
      { length: recordsOfCodec },
      (_, i) => `${codec}${i % keys}:${'v'.repeat(i)}\n`,
    )
    await writeFile(input, lines.join(''))
    const args = ['-b', server.bootstrapServers, '-P', '-t', topic, '-K:', '-z', codec]
    await runTool('kcat', [...args, '-X', 'batch.num.messages=20', '-X', 'linger.ms=5'], { input })
  }

  async function count(topic: string): Promise<number> {
    const args = ['-b', server.bootstrapServers, '-C', '-q', '-t', topic, '-e', '-o', 'beginning']
    return (await runTool('kcat', [...args, '-f', '.'])).length
  }

  it.each(['plain', 'compacted'])(
    'reads segments and indexes of a topic that is %s',
    async topic => {
      const files = await copies(topic)
      const logs = files.filter(name => name.endsWith('.log'))
      expect(logs.length).toBeGreaterThan(1)
      const text = await tools.run(`kafka-dump-log --files ${logs.join(',')} --deep-iteration`)
      for (const codec of codecs) expect(text).toContain(`compresscodec: ${codec} `)
      expect(text).not.toMatch(/isvalid: false/)
      const indexes = files.filter(name => !name.endsWith('.log')).join(',')
      const entries = await tools.run(`kafka-dump-log --files ${indexes}`)
      expect(entries.match(/^offset: \d+ position: \d+$/gm)!.length).toBeGreaterThan(10)
      expect(entries.match(/^timestamp: \d+ offset: \d+$/gm)!.length).toBeGreaterThan(
        logs.length - 1,
      )
      for (const option of ['', ' --verify-index-only', ' --index-sanity-check']) {
        const checked = await tools.run(`kafka-dump-log --files ${indexes}${option}`)
        expect(checked).not.toMatch(/mismatch|out of order|invalid|corrupt|don't match/i)
      }
    },
  )

  /** Copies of segment files, those that were compacted under the names that they have in Kafka. */
  async function copies(topic: string): Promise<string[]> {
    const topics = path.join(server.dataDir, 'topics')
    const name = (await readdir(topics)).find(each => each.startsWith(`${topic}-0`))!
    const target = path.join(folder, topic)
    await mkdir(target)
    const files = await readdir(path.join(topics, name))
    return Promise.all(
      files
        .filter(file => /\.(log|index|timeindex)$/.test(file))
        .map(async file => {
          const copy = path.join(target, file.replace(/\.\d+\./, '.'))
          await copyFile(path.join(topics, name, file), copy)
          return copy
        }),
    )
  }
})
