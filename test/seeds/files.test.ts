import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { nodeFs } from '../../storage/file/fs.ts'
import { entriesOfPath } from '../../src/seeds/files.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-seeds-'))
})

afterEach(() => rm(directory, { recursive: true }))

async function entries(name: string, text?: string): Promise<string[]> {
  const file = path.join(directory, name)
  if (text !== undefined) await writeFile(file, text)
  const all = await Array.fromAsync(entriesOfPath(nodeFs, file))
  return all.map(({ where, entry }) => {
    const what = 'name' in entry ? entry.name : 'topic' in entry ? `record of ${entry.topic}` : ''
    return `${path.relative(directory, where)} ${entry.kind} ${what}`
  })
}

it('reads lines of JSON, also without an end and with \\r', async () => {
  expect(await entries('a.jsonl', '{"topic":"a"}\r\n\r\n{"topic":"b","value":1}')).toEqual([
    'a.jsonl:1 topic a',
    'a.jsonl:3 record record of b',
  ])
  expect(await entries('empty.jsonl', '')).toEqual([])
})

it('reads .json in lines, as an array, and over several lines', async () => {
  expect(await entries('lines.json', '{"topic":"a"}\n{"topic":"b"}\n')).toHaveLength(2)
  expect(await entries('one.json', '{\n  "topic": "a"\n}')).toEqual(['one.json:1 topic a'])
  expect(await entries('array.json', '[\n {"topic":"a"},\n {"topic":"b"}\n]')).toEqual([
    'array.json:2 topic a',
    'array.json:3 topic b',
  ])
})

it('reads YAML: a list, or a document for each entry', async () => {
  const list = '# orders\n- topic: a\n  partitions: 3\n- topic: a\n  value: {n: 1}\n'
  expect(await entries('list.yaml', list)).toEqual([
    'list.yaml:2 topic a',
    'list.yaml:4 record record of a',
  ])
  expect(await entries('documents.yml', 'topic: a\n---\ntopic: b\n')).toEqual([
    'documents.yml:1 topic a',
    'documents.yml:3 topic b',
  ])
  expect(await entries('empty.yaml', '')).toEqual([])
})

it('reads a directory in the order of names, and leaves other files alone', async () => {
  await mkdir(path.join(directory, 'seeds'))
  for (const name of ['20.jsonl', '10.yaml', '30.json']) {
    await writeFile(path.join(directory, 'seeds', name), `{"topic":"t${name.slice(0, 2)}"}\n`)
  }
  await writeFile(path.join(directory, 'seeds', 'README.md'), 'not a seed')
  expect(await entries('seeds')).toEqual([
    'seeds/10.yaml:1 topic t10',
    'seeds/20.jsonl:1 topic t20',
    'seeds/30.json:1 topic t30',
  ])
})

it.each([
  ['missing.jsonl', undefined, 'missing.jsonl: there is no such file or directory'],
  ['seed.txt', '', 'seed.txt: its name ends in none of .jsonl, .json, .yaml and .yml'],
  ['bad.jsonl', '{"topic":"a"}\n{"topic":}\n', 'bad.jsonl:2: not JSON: '],
  ['bad.yaml', '- topic: a\n- topic: [\n', 'bad.yaml:3: not YAML: '],
  ['wrong.yaml', '- topic: a\n- topics: b\n', 'wrong.yaml:2: an entry has "topic", "group"'],
])('tells what is wrong with %s', async (name, text, message) => {
  await expect(entries(name, text)).rejects.toThrow(message)
})
