/**
 * The data commands of the command line beside kcat 1.7.1: what consume prints is what kcat prints.
 * With KAFKA_BOOTSTRAP set, on that broker: so they were checked with Apache Kafka 4.3.1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const skipped = missing('kcat', 'install the Debian package kcat')
const program = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))

describe.skipIf(skipped)(`consume, beside kcat${skipped}`, () => {
  let folder: string
  let server: Server | undefined
  let servers: string
  const topic = `cli-data-${process.pid}-${Date.now()}`

  const kcat = (...args: string[]): Promise<string> => runTool('kcat', ['-b', servers, ...args])
  const odradek = (...args: string[]): Promise<string> =>
    runTool(process.execPath, [program, ...args, '-b', servers])

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-cli-data-'))
    if (external === undefined) server = await startServer()
    servers = external ?? server!.bootstrapServers
    const file = path.join(folder, 'lines')
    await writeFile(file, 'a:1\nb:{"text":"ü \\" \\u0001 \u2028 /"}\n:no key\nc:\nno delimiter\n')
    await kcat('-P', '-t', topic, '-p', '0', '-K', ':', '-Z', '-l', file)
    await kcat('-P', '-t', topic, '-p', '0', '-H', 'a=1', '-H', 'a=ü', '-H', 'b=', '-l', file)
    await kcat('-P', '-t', topic, '-p', '0', '-z', 'snappy', '-k', 'key', '-l', file)
    await odradek('produce', topic, '-p', '0', '-k', 'ours', '-H', 'none', '--txn', 'ours')
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const objects = (lines: string): unknown[] =>
    lines
      .trim()
      .split('\n')
      .map(line => Object.entries(JSON.parse(line) as object))

  it('prints the fields of -J, in its order', async () => {
    const theirs = objects(await kcat('-C', '-t', topic, '-e', '-q', '-J'))
    expect(theirs).toHaveLength(16)
    expect(objects(await odradek('consume', topic, '--exit', '--json'))).toEqual(theirs)
  })

  it.each([
    ['Topic %t [%p] at offset %o: key %k: %s\\n'],
    ['%K %S %T %h|%%\\n'],
    ['%R%s\\x41\\t\\65\\r\\n'],
  ])('prints the format %j', async format => {
    const theirs = await kcat('-C', '-t', topic, '-e', '-q', '-f', format)
    expect(await odradek('consume', topic, '--exit', '-f', format)).toBe(theirs)
  })

  it('prints null as it does with -Z', async () => {
    const theirs = await kcat('-C', '-t', topic, '-e', '-q', '-Z', '-f', '%k=%s\\n')
    // kcat writes NULL for what is empty as well.
    const ours = await odradek('consume', topic, '--exit', '-Z', '-f', '%k=%s\\n')
    expect(ours.split('\n')[3]).toBe(theirs.split('\n')[3])
  })

  it.each([['-3'], ['2'], ['beginning'], ['end']])('begins at %s', async offset => {
    const theirs = await kcat('-C', '-t', topic, '-e', '-q', '-p', '0', '-o', offset)
    expect(await odradek('consume', topic, '--exit', '-p', '0', '-o', offset)).toBe(theirs)
  })

  it('gives kcat back what it has exported and imported', async () => {
    const file = path.join(folder, 'export.jsonl')
    const other = `${topic}-copy`
    const lines = await odradek('export', topic)
    await writeFile(file, lines.replaceAll(`"topic":"${topic}"`, `"topic":"${other}"`))
    await odradek('import', file)
    const format = ['-e', '-q', '-f', '%o %k %K %s %S %T %h\\n']
    const theirs = await kcat('-C', '-t', topic, ...format)
    expect(await kcat('-C', '-t', other, ...format)).toBe(theirs)
  })
})
