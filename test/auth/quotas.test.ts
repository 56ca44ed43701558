import { describe, expect, it } from 'vitest'
import { quotaEntity } from '../../src/auth/quota-rules.ts'
import { ClientQuotas } from '../../src/auth/quotas.ts'
import type { ClientQuotaRow } from '../../storage/metadata-store.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'

function open(rows: ReadonlyMap<string, ClientQuotaRow>, hosts: readonly string[] = []) {
  const metadata = createMemoryMetadataStore()
  const asked: string[] = []
  const isHost = async (name: string): Promise<boolean> => {
    asked.push(name)
    return hosts.includes(name)
  }
  const quotas = new ClientQuotas({ metadata, isHost, enforce: () => {} })
  quotas.load(rows)
  return { metadata, quotas, asked }
}

const user = quotaEntity([
  { entityType: 'user', entityName: 'alice' },
  { entityType: 'client-id', entityName: null },
])
const ip = (name: string | null) => quotaEntity([{ entityType: 'ip', entityName: name }])

describe('client quotas', () => {
  it('are there after a restart, whatever number they have', async () => {
    const { metadata, quotas } = open(new Map())
    const operations = [
      { key: 'request_percentage', value: Infinity },
      { key: 'controller_mutation_rate', value: 0.1 + 0.2 },
      { key: 'producer_byte_rate', value: NaN },
    ]
    await quotas.alter([{ entity: user, operations }], false)
    await quotas.alter([{ entity: ip('192.0.2.1'), operations: [] }], false)
    const rows = new Map<string, ClientQuotaRow>()
    for await (const { kind, key, value } of metadata.load()) {
      if (kind === 'clientQuota' && value !== null) rows.set(key, value)
    }
    const all = { components: [], strict: false }
    expect(open(rows).quotas.describe(all)).toEqual(quotas.describe(all))
    expect(quotas.describe(all)).toEqual([
      { entity: user, values: new Map(operations.map(({ key, value }) => [key, value])) },
    ])
  })

  it('leave no row when the last one is removed', async () => {
    const { metadata, quotas } = open(new Map())
    for (const value of [5, undefined]) {
      const operations = [{ key: 'producer_byte_rate', value }]
      await quotas.alter([{ entity: user, operations }], false)
    }
    expect(await Array.fromAsync(metadata.load())).toEqual([])
  })

  it('are for hosts that the resolver knows; it is not asked for addresses', async () => {
    const { quotas, asked } = open(new Map(), ['good.example'])
    const operations = [{ key: 'connection_creation_rate', value: 1 }]
    const names = ['good.example', 'bad.example', '192.0.2.1', '[::1]', '::1', null]
    const answers = await quotas.alter(
      names.map(name => ({ entity: ip(name), operations })),
      false,
    )
    expect(answers.map(({ error }) => error?.error)).toEqual([
      undefined,
      'INVALID_REQUEST',
      ...Array.from({ length: 4 }, () => undefined),
    ])
    expect(asked).toEqual(['good.example', 'bad.example'])
  })
})
