/** The image under the stock modules of Testcontainers for Rust; kcat writes and reads. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import { missing, runTool } from '../tool.ts'
import { cache, image, skipped } from './image.ts'

const target = path.join(cache, 'rust')
const withoutRust =
  spawnSync('cargo', ['-V']).error === undefined ? '' : ' (skipped: no cargo here; install Rust)'
const reason = skipped || withoutRust

describe.skipIf(reason)(`Testcontainers for Rust${reason}`, () => {
  beforeAll(async () => {
    missing('kcat', 'install the Debian package kcat')
    const manifest = path.join(import.meta.dirname, 'rust/Cargo.toml')
    const build = ['build', '--quiet', '--locked', '--manifest-path', manifest]
    await runTool('cargo', [...build, '--target-dir', target], { timeoutMs: 600_000 })
  }, 600_000)

  it.each(['apache', 'confluent'])('%s', async module => {
    await using folder = await mkdtempDisposable(path.join(tmpdir(), 'odradek-rust-'))
    const input = path.join(folder.path, 'value')
    await writeFile(input, 'value\n')
    const program = spawn(path.join(target, 'debug/containers'), [image, module])
    const ended = once(program, 'close')
    try {
      const broker = await addressOf(createInterface({ input: program.stdout }))
      await runTool('kcat', ['-b', broker, '-P', '-t', 'orders'], { input })
      const read = ['-b', broker, '-C', '-t', 'orders', '-e', '-q']
      expect(await runTool('kcat', read)).toBe('value\n')
    } finally {
      program.stdin.end()
      await ended
    }
  })
})

async function addressOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    if (/^127\.0\.0\.1:\d+$/.test(line)) return line
  }
  throw new Error('the container has not started')
}
