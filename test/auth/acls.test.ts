/** After Kafka's AclControlManagerTest and AuthorizerTest. */
import { describe, expect, it } from 'vitest'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import type { AclRow } from '../../storage/metadata-store.ts'
import { any, matchingPatterns, operationCodes } from '../../src/auth/acl-codes.ts'
import type { AclFilter } from '../../src/auth/acl-rules.ts'
import { Acls } from '../../src/auth/acls.ts'
import { systemRandom } from '../../src/random.ts'
import { acl, asker } from './acl-text.ts'

const all: AclFilter = {
  resourceTypeFilter: any,
  resourceNameFilter: null,
  patternTypeFilter: any,
  principalFilter: null,
  hostFilter: null,
  operation: any,
  permissionType: any,
}

function open(metadata = createMemoryMetadataStore()) {
  const acls = new Acls({ metadata, random: systemRandom })
  return { metadata, acls }
}

async function reopened({ metadata }: ReturnType<typeof open>): Promise<Acls> {
  const rows = new Map<string, AclRow>()
  for await (const { kind, key, value } of metadata.load()) {
    if (kind === 'acl' && value !== null) rows.set(key, value)
  }
  const { acls } = open()
  acls.load(rows)
  return acls
}

async function filled(...texts: string[]) {
  const opened = open()
  await opened.acls.create(texts.map(acl))
  return opened
}

describe('ACLs', () => {
  it('are there after a restart, and so is that they are gone', async () => {
    const kept = 'allow User:alice to read topic a… from 192.0.2.1'
    const opened = await filled(kept, 'deny User:* to all group g')
    expect((await reopened(opened)).describe(all)).toEqual(opened.acls.describe(all))
    await opened.acls.delete([{ ...all, resourceTypeFilter: 3 }])
    const acls = await reopened(opened)
    expect(acls.describe(all)).toEqual([acl(kept)])
    const decide = (who: string) => acls.index.decide(asker(who), operationCodes.read, 2, 'abc')
    expect([decide('alice'), decide('bob')]).toEqual(['allowed', 'not allowed'])
  })

  it('are there once, however often they are created', async () => {
    const row = acl('allow User:alice to read topic a')
    const opened = open()
    expect(await opened.acls.create([row, { ...row }])).toEqual([undefined, undefined])
    expect(await opened.acls.create([{ ...row }])).toEqual([undefined])
    expect(opened.acls.describe(all)).toEqual([row])
    expect(await Array.fromAsync(opened.metadata.load())).toHaveLength(1)
    await opened.acls.delete([all])
    await opened.acls.create([row])
    expect(opened.acls.describe(all)).toEqual([row])
  })

  it('are listed by each field, and by the names that patterns match', async () => {
    const texts = [
      'allow User:alice to read topic foo',
      'deny User:bob to write topic fo… from 192.0.2.1',
      'allow User:* to all topic *',
      'allow User:alice to describe group foo',
    ]
    const { acls } = await filled(...texts)
    const listed = (filter: Partial<AclFilter>) =>
      acls.describe({ ...all, ...filter }).map(row => texts.findIndex(text => matches(text, row)))
    const matches = (text: string, row: AclRow) => JSON.stringify(acl(text)) === JSON.stringify(row)
    expect(listed({})).toEqual([0, 1, 2, 3])
    expect(listed({ resourceTypeFilter: 3 })).toEqual([3])
    expect(listed({ resourceNameFilter: 'foo' })).toEqual([0, 3])
    expect(listed({ resourceNameFilter: 'fo', patternTypeFilter: 4 })).toEqual([1])
    expect(listed({ resourceNameFilter: 'fo', patternTypeFilter: 3 })).toEqual([])
    expect(listed({ principalFilter: 'User:alice' })).toEqual([0, 3])
    expect(listed({ principalFilter: 'User:*' })).toEqual([2])
    expect(listed({ hostFilter: '192.0.2.1' })).toEqual([1])
    expect(listed({ operation: operationCodes.write })).toEqual([1])
    expect(listed({ permissionType: 2 })).toEqual([1])
    const match = { patternTypeFilter: matchingPatterns, resourceTypeFilter: 2 }
    expect(listed({ ...match, resourceNameFilter: 'foo' })).toEqual([0, 1, 2])
    expect(listed({ ...match, resourceNameFilter: 'f' })).toEqual([2])
    expect(listed({ ...match, resourceNameFilter: '*' })).toEqual([2])
    expect(listed(match)).toEqual([0, 1, 2])
    expect(listed({ resourceTypeFilter: 99 })).toEqual([])
    expect(listed({ patternTypeFilter: 99 })).toEqual([])
  })

  it('are told by each filter that deletes them', async () => {
    const { acls } = await filled('allow User:a to read topic t', 'allow User:b to read topic t')
    const deleted = await acls.delete([
      { ...all, principalFilter: 'User:a' },
      all,
      { ...all, operation: 99 },
      { ...all, patternTypeFilter: 5 },
    ])
    expect(
      deleted.map(result => ('acls' in result ? result.acls.length : result.error.message)),
    ).toEqual([1, 2, 'Unknown entryFilter.', 'Unknown patternFilter.'])
    expect(acls.describe(all)).toEqual([])
  })

  it('are 10,000 in one request at most', async () => {
    const { acls, metadata } = open()
    const row = acl('allow User:alice to read topic t')
    const many = Array.from({ length: 10_001 }, (_, i) => ({ ...row, resourceName: `t${i}` }))
    const refused = await acls.create([{ ...row, resourceName: '' }, ...many])
    expect(refused.map(fault => fault?.error)).toEqual([
      'INVALID_REQUEST',
      ...many.map(() => 'POLICY_VIOLATION'),
    ])
    expect(acls.describe(all)).toEqual([])
    expect(await acls.create([...many.slice(1), ...many.slice(1)])).not.toContain(
      'POLICY_VIOLATION',
    )
    expect(await acls.create(many)).toEqual(many.map(() => undefined))
    const [first, second] = await acls.delete([all, { ...all, resourceNameFilter: 't0' }])
    const error = expect.objectContaining({ error: 'INVALID_REQUEST' })
    expect([first, second]).toEqual([{ error }, { error }])
    expect(acls.describe(all)).toHaveLength(10_001)
    expect(await Array.fromAsync(metadata.load())).toHaveLength(10_001)
  })
})
