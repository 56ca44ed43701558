/** kcat (librdkafka) on a broker that emulates a release of Apache Kafka. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'

const skipped = missing('kcat', 'install the Debian package kcat')
const lines = Array.from({ length: 1000 }, (_, i) => `${i}=value ${i}\n`).join('')

describe.skipIf(skipped)(`kcat on brokers that emulate a release${skipped}`, () => {
  describe.each(['2.8', '3.9', '4.3'])('--as %s', release => {
    let folder: string
    let server: Server

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'odradek-kcat-'))
      await writeFile(path.join(folder, 'sent'), lines)
      server = await startServer('--as', release)
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    function kcat(...args: string[]): Promise<string> {
      const input = path.join(folder, 'sent')
      return runTool('kcat', ['-b', server.bootstrapServers, '-q', ...args], { input })
    }

    it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produces and reads, %s', async codec => {
      const topic = `lines-${codec}`
      await kcat('-P', '-t', topic, '-K=', '-z', codec, '-X', 'linger.ms=50', '-X', 'acks=all')
      expect(await kcat('-C', '-t', topic, '-e', '-K=')).toBe(lines)
      // librdkafka leaves compression out where it believes that the broker has none.
      const log = path.join(server.dataDir, await logOf(topic))
      const isPlain = (await readFile(log)).includes('value 500')
      expect(isPlain).toBe(codec === 'none')
    })

    it('produces with idempotence', async () => {
      await kcat('-P', '-t', 'once', '-K=', '-X', 'enable.idempotence=true')
      expect(await kcat('-C', '-t', 'once', '-e', '-K=')).toBe(lines)
    })

    it('reads as a member of a group, and goes on after its commit', async () => {
      await kcat('-P', '-t', 'grouped', '-K=', '-p', '0')
      const read = () =>
        kcat('-G', 'group', '-e', '-K=', '-X', 'auto.offset.reset=earliest', 'grouped')
      expect(await read()).toBe(lines)
      expect(await read()).toBe('')
    })

    it('finds offsets by time', async () => {
      await kcat('-P', '-t', 'timed', '-p', '0')
      expect(await kcat('-Q', '-t', 'timed:0:1')).toContain('timed [0] offset 0')
    })

    it('lists the broker', async () => {
      expect(await kcat('-L')).toContain(server.bootstrapServers)
    })

    async function logOf(topic: string): Promise<string> {
      const files = await readdir(server.dataDir, { recursive: true })
      return files.find(file => file.includes(topic) && file.endsWith('.log'))!
    }
  })
})
