import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { encodeBatch } from '../protocol/records.ts'
import { Writer } from '../protocol/wire.ts'
import { importKafka } from '../src/kafka-import/import.ts'
import { systemRandom } from '../src/random.ts'
import { nodeFs } from '../storage/file/fs.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { acl } from './auth/acl-text.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'odradek-import-acls-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The beginning of a controller's record about the ACL with this id. */
function recordOf(type: number, id: number): Writer {
  const writer = new Writer()
  for (const byte of [1, type, 0]) writer.int8(byte)
  writer.raw(Buffer.alloc(16, id))
  return writer
}

function added(id: number, text: string): Writer {
  const { resourceType, resourceName, patternType, principal, host, ...codes } = acl(text)
  const writer = recordOf(18, id)
  const write = (value: string): void => {
    writer.uvarint(value.length + 1)
    writer.raw(Buffer.from(value))
  }
  writer.int8(resourceType)
  write(resourceName)
  writer.int8(patternType)
  write(principal)
  write(host)
  for (const code of [codes.operation, codes.permissionType, 0]) writer.int8(code)
  return writer
}

function removed(id: number): Writer {
  const writer = recordOf(19, id)
  writer.int8(0)
  return writer
}

it('takes over the ACLs of Apache Kafka, but those that were removed, and none twice', async () => {
  const alice = 'allow User:alice to read topic orders…'
  const bob = 'deny User:bob to all cluster kafka-cluster from 192.0.2.1'
  const written = [added(1, alice), added(2, 'allow User:eve to read topic a'), added(3, bob)]
  const records = [...written, removed(2)].map(writer => {
    return { timestamp: 1, key: null, value: Buffer.concat(writer.finish()) }
  })
  const log = path.join(folder, 'kafka', '__cluster_metadata-0')
  await mkdir(log, { recursive: true })
  await mkdir(path.join(folder, 'data'))
  await writeFile(path.join(log, `${'0'.repeat(20)}.log`), encodeBatch({ records }))

  const metadata = createMemoryMetadataStore()
  const importAll = async (): Promise<unknown[]> => {
    const sources = [path.join(folder, 'kafka')]
    const directory = path.join(folder, 'data')
    const options = { fs: nodeFs, sources, metadata, directory, random: systemRandom }
    return await Array.fromAsync(importKafka(options))
  }
  expect(await importAll()).toContainEqual({ kind: 'acls', acls: 2 })
  expect(await importAll()).not.toContainEqual(expect.objectContaining({ kind: 'acls' }))
  const rows = await Array.fromAsync(metadata.load())
  expect(rows.map(({ value }) => value)).toEqual([acl(alice), acl(bob)])
})
