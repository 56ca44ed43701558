/**
 * Runs docs/multi-tenancy.md as it stands there, but for the port and the directories: its files,
 * its commands, and what they print. '…' in what they print stands for anything.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { skipped, Tools } from './tools/tools.ts'

const page = fileURLToPath(new URL('../docs/multi-tenancy.md', import.meta.url))
const odradek = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))
const blocks = Array.from(
  readFileSync(page, 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm),
  ([, language, file, text]) => ({ language, file, text: text! }),
)
const files = blocks.flatMap(({ language, file, text }) =>
  language === 'properties' ? [[file!, text] as const] : [],
)
const sessions = blocks.filter(({ language }) => language === 'console').flatMap(parseSession)
const [addAdmin, start] = blocks.find(({ language }) => language === 'sh')!.text.split('\n')

interface Step {
  command: string
  prints: string
}

function parseSession({ text }: { text: string }): Step[] {
  const steps = text.replaceAll(/ \\\n +/g, ' ').split(/^\$ /m)
  return steps.slice(1).map(step => {
    const [command, ...prints] = step.trimEnd().split('\n')
    return { command: command!, prints: prints.join('\n') }
  })
}

/** A pattern for an output. */
function outputOf(prints: string): RegExp {
  const parts = prints
    .split('…')
    .map(part => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('[^]*')}$`)
}

describe.skipIf(skipped)(`docs/multi-tenancy.md${skipped}`, () => {
  let folder: string
  let server: Server
  let tools: Tools
  const outputs: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-tenants-'))
    for (const [file, text] of files) await writeFile(path.join(folder, file), text)
    expect(start).toBe('odradek --config server.properties')
    server = await startServer('--config', path.join(folder, 'server.properties'))
    await server.stop()
    const program = `"${process.execPath}" "${odradek}"`
    const command = `${addAdmin!.replace('odradek', program)} --data-dir "${server.dataDir}"`
    execFileSync('sh', ['-c', command])
    await server.restart()
    tools = await Tools.start(server.bootstrapServers)
  })
  afterAll(async () => {
    await tools?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  /** As a shell would, as far as the page needs one. */
  async function run(command: string): Promise<string> {
    const [, input, rest] = /^(?:echo (\S+) \| )?(.*)$/.exec(command)!
    const line = rest!
      .replace(/--bootstrap-server localhost:9092 /, '')
      .replaceAll(/\w+\.properties/g, file => path.join(folder, file))
    const { out, err } = await tools.end(line, input && `${input}\n`)
    return (out + err).trim()
  }

  it.each(sessions)('$command', async ({ command, prints }) => {
    const output = await run(command)
    outputs.push(output)
    expect(output).toMatch(outputOf(prints))
  })
  it('has had those wait who exceeded their quota', () => {
    const waits = /produce-throttle-time-max\S* *: (\S+)/
    const waitsMs = outputs.flatMap(output => waits.exec(output)?.[1] ?? []).map(Number)
    expect(waitsMs.map(ms => ms > 0)).toEqual([true, false])
  })
})
