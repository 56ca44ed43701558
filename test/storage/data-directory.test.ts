import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDataDirectory, type DataDirectory } from '../../storage/data-directory.ts'
import { nodeFs, type Fs } from '../../storage/file/fs.ts'
import { OpenError } from '../../storage/open-error.ts'
import { rowsOf, topic } from './metadata-rows.ts'

const holder = fileURLToPath(new URL('hold-directory.ts', import.meta.url))

let parent: string
let directory: string

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'odradek-directory-'))
  directory = path.join(parent, 'data')
})

afterEach(async () => {
  await rm(parent, { recursive: true })
})

function open(fs: Fs = nodeFs, at = directory): Promise<DataDirectory> {
  return openDataDirectory({
    fs,
    path: at,
    durability: 'disk',
    version: '0.1.0',
    now: () => 0,
    log: () => {},
    onFailure: () => {},
  })
}

/** As the broker does it. */
async function close({ metadata, logs }: DataDirectory): Promise<void> {
  await logs.close()
  await metadata.close()
}

/** One line that names the directory. */
async function refusal(opening: Promise<DataDirectory>): Promise<string> {
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OpenError)
  const { message } = error as OpenError
  expect(message).toContain(directory)
  expect(message).not.toContain('\n')
  return message
}

describe('a data directory', () => {
  it('is created with those above it, and opened again', async () => {
    directory = path.join(parent, 'a', 'b', 'data')
    const first = await open()
    await first.metadata.commit([topic('orders', 3)])
    await close(first)
    expect(JSON.parse(await readFile(path.join(directory, 'meta.json'), 'utf8'))).toEqual({
      formatVersion: 1,
      createdBy: '0.1.0',
    })

    const second = await open()
    expect(await rowsOf(second.metadata)).toEqual([topic('orders', 3)])
    await close(second)
    const left = await readdir(directory)
    expect(left.toSorted()).toEqual(['meta.json', 'metadata.sqlite', 'topics'])
  })

  it('may be a new file system: with lost+found and hidden files', async () => {
    await mkdir(path.join(directory, 'lost+found'), { recursive: true })
    await writeFile(path.join(directory, '.keep'), '')
    await close(await open())
  })

  it('that a crash left without meta.json is completed', async () => {
    await mkdir(directory)
    await writeFile(path.join(directory, '.meta.json'), '{"form')
    await close(await open())
  })
})

describe('a data directory is refused', () => {
  it('when the path is a file, or lies below one', async () => {
    await writeFile(directory, '')
    expect(await refusal(open())).toBe(
      `cannot use data directory ${directory}: it is a file, or below one:` +
        ' choose another data directory',
    )
    directory = path.join(directory, 'below')
    expect(await refusal(open())).toContain('it is a file, or below one')
  })

  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    it(`when it is not writable (${code})`, async () => {
      const error = Object.assign(new Error(`${code}: no`), { code, errno: -1 })
      expect(await refusal(open({ ...nodeFs, mkdir: () => Promise.reject(error) }))).toBe(
        `cannot use data directory ${directory}: it is not writable (${code}):` +
          ' change its permissions, or choose another one',
      )
    })
  }

  it('when a newer program made it: both formats and both versions are named', async () => {
    await mkdir(directory)
    const meta = { formatVersion: 3, createdBy: '2.5.0' }
    await writeFile(path.join(directory, 'meta.json'), JSON.stringify(meta))
    expect(await refusal(open())).toBe(
      `data directory ${directory} has format 3, made by odradek 2.5.0; odradek 0.1.0 knows` +
        ' formats up to 1: run 2.5.0 or newer, or choose another data directory',
    )
  })

  for (const text of ['', 'null', '{"form']) {
    it(`when meta.json is damaged: ${text || 'empty'}`, async () => {
      await mkdir(directory)
      await writeFile(path.join(directory, 'meta.json'), text)
      expect(await refusal(open())).toContain('meta.json is damaged: restore')
    })
  }

  it('when it has other files, and they stay as they are', async () => {
    await mkdir(directory)
    await writeFile(path.join(directory, 'thesis.doc'), 'years of work')
    expect(await refusal(open())).toContain('is not empty and has no meta.json (it has thesis.doc)')
    expect(await readdir(directory)).toEqual(['thesis.doc'])
  })

  it("when it is Apache Kafka's", async () => {
    await mkdir(directory)
    await writeFile(path.join(directory, 'meta.properties'), 'version=1')
    expect(await refusal(open())).toContain('belongs to Apache Kafka')
  })

  it('when its database is damaged', async () => {
    const first = await open()
    await close(first)
    await writeFile(path.join(directory, 'metadata.sqlite'), 'not a database at all'.repeat(50))
    expect(await refusal(open())).toContain('file is not a database')
  })
})

describe('a data directory in use', () => {
  it('is refused within the same process, and free after the close', async () => {
    const first = await open()
    expect(await refusal(open())).toContain(`is in use by process ${process.pid}: stop it`)
    await close(first)
    await close(await open())
  })

  // Kafka: LogManager.lockLogDirs; here the operating system's lock dies with the process.
  it('by another process is refused with its id, until that is killed with SIGKILL', async () => {
    const other = spawn(process.execPath, [holder, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(other.stdout, 'data')
    expect(await refusal(open())).toBe(
      `data directory ${directory} is in use by process ${other.pid}: stop it, or choose` +
        ' another data directory',
    )
    const gone = once(other, 'close')
    other.kill('SIGKILL')
    await gone
    const mine = await open()
    expect(await readFile(path.join(directory, 'odradek.pid'), 'utf8')).toBe(`${process.pid}\n`)
    await close(mine)
  })

  it('is released when the rest of it cannot be opened', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC', errno: -28 })
    const mkdirUpToTopics = (at: string): Promise<void> =>
      at.endsWith('topics') ? Promise.reject(full) : nodeFs.mkdir(at)
    expect(await refusal(open({ ...nodeFs, mkdir: mkdirUpToTopics }))).toContain('no space left')
    await close(await open())
  })
})
