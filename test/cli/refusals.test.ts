import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, start } from './process.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-cli-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

/** Runs the program, which must end with one line on stderr and nothing on stdout. */
async function refusal(...args: string[]): Promise<{ code: number | null; line: string }> {
  const { code, stdout, stderr } = await run(args, directory)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^odradek: .*\n$/)
  return { code, line: stderr.slice('odradek: '.length, -1) }
}

describe('wrong usage: exit code 2, and one line that says what to do', () => {
  it.each([
    [['--prot', '1'], "unknown option '--prot' (Did you mean --port?)"],
    [['start'], "unknown command 'start': see odradek --help"],
    [['--port'], "option '--port <number>' argument missing"],
    [['--port', 'http'], '--port=http: Not a number of type INT'],
    [['--durability', 'disc'], '--durability=disc: String must be one of: memory, os, disk'],
    [['--log-level', 'trace'], '--log-level=trace: String must be one of: debug, info, warn'],
    [['--set', 'num.partitions'], '--set num.partitions: not of the form key=value'],
    [
      ['--set', 'num.partitons=3'],
      '--set num.partitons: unknown config; did you mean num.partitions?',
    ],
    [['--set', 'num.partitions=0'], '--set num.partitions=0: Value must be at least 1'],
    [['--config', 'nowhere'], 'cannot read --config nowhere: there is no such file'],
    [['--config', '.'], 'cannot read --config .: it is a directory'],
  ])('%j', async (args, expected) => {
    const { code, line } = await refusal(...args)
    expect(line).toContain(expected)
    expect(code).toBe(2)
  })

  it('names file and line of what is wrong in a config file', async () => {
    await writeFile(path.join(directory, 'a.properties'), '# mine\nnode.id=1\nnum.partition=3\n')
    expect(await refusal('--config', 'a.properties')).toEqual({
      code: 2,
      line: 'a.properties:3: num.partition: unknown config; did you mean num.partitions?',
    })
  })
})

describe('what cannot be done: exit code 1, and one line that says what to do', () => {
  it('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { code, line } = await refusal('--port', String(port))
    other.close()
    expect(line).toContain(`cannot listen on 127.0.0.1:${port}: the port is in use`)
    expect(line).toContain('. Use --port 0 for a free port')
    if (process.platform === 'linux')
      expect(line).toContain(` by process ${process.pid} (${path.basename(process.execPath)})`)
    expect(code).toBe(1)
  })

  it('an address of another machine, a host that does not exist', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737), .invalid never resolves (RFC 6761).
    const address = await refusal('--host', '192.0.2.1', '--port', '0')
    expect(address.line).toBe(
      'cannot listen on 192.0.2.1:0: this machine does not have that address.' +
        ' Try --host 127.0.0.1',
    )
    const host = await refusal('--host', 'nowhere.invalid')
    expect(host.line).toContain('cannot listen on nowhere.invalid: no such host')
    expect([address.code, host.code]).toEqual([1, 1])
  })

  it('a data directory in use by another process', async () => {
    await using other = await start(['--data-dir', 'data'], directory)
    const { code, line } = await refusal('--port', '0', '--data-dir', 'data')
    expect(line).toContain(`is in use by process ${other.pid}: stop it, or choose another`)
    expect(code).toBe(1)
  })

  it('a data directory that is a file', async () => {
    await writeFile(path.join(directory, 'data'), '')
    const { code, line } = await refusal('--data-dir', 'data')
    expect(line).toContain('it is a file, or below one: choose another data directory')
    expect(code).toBe(1)
  })

  // The kernel lets nobody, not even root, create directories in /sys.
  const isLinux = process.platform === 'linux'
  it.runIf(isLinux)('a data directory that is not writable (skipped without /sys)', async () => {
    const { code, line } = await refusal('--data-dir', '/sys/odradek')
    expect(line).toMatch(/^cannot use data directory \/sys\/odradek: it is not writable \(E\w+\):/)
    expect(code).toBe(1)
  })

  it('a data directory of somebody else', async () => {
    await mkdir(path.join(directory, 'data'))
    await writeFile(path.join(directory, 'data', 'meta.properties'), 'version=1\n')
    const { code, line } = await refusal('--data-dir', 'data')
    expect(line).toContain('belongs to Apache Kafka')
    expect(code).toBe(1)
  })

  it('a data directory of a newer version', async () => {
    await mkdir(path.join(directory, 'data'))
    const meta = '{"formatVersion":9,"createdBy":"9.0.0"}'
    await writeFile(path.join(directory, 'data', 'meta.json'), meta)
    const { code, line } = await refusal('--data-dir', 'data')
    expect(line).toContain('has format 9, made by odradek 9.0.0;')
    expect(code).toBe(1)
  })
})
