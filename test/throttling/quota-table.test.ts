/** By ClientQuotaManagerTest.testQuotaConfigPrecedence. */
import { describe, expect, it } from 'vitest'
import { QuotaTable } from '../../src/throttling/quota-table.ts'

const levels = [
  { user: 'alice', 'client-id': 'app' },
  { user: 'alice', 'client-id': null },
  { user: 'alice' },
  { user: null, 'client-id': 'app' },
  { user: null, 'client-id': null },
  { user: null },
  { 'client-id': 'app' },
  { 'client-id': null },
]

/** Of these levels; the limit is the place in the list, from 1 on. */
function tableOf(indexes: readonly number[]): QuotaTable {
  const table = new QuotaTable()
  for (const index of indexes) {
    table.add(new Map(Object.entries(levels[index]!)), index + 1)
  }
  return table
}

const all = levels.map((_, index) => index)

describe('the quota of a client', () => {
  it.each(all)('at level %i counts before those of all levels behind it', level => {
    const behind = all.slice(level).toReversed()
    expect(tableOf(behind).find('alice', 'app')!.limit).toBe(level + 1)
  })

  it.each([
    ['alice', 'other', [2, 3, 5, 6, 8]],
    ['bob', 'app', [4, 5, 6, 7, 8]],
    ['bob', 'other', [5, 6, 8]],
    ['bob', '', [5, 6, 8]],
  ])('of user %s with client id %s is one of those that mean it', (user, clientId, meant) => {
    const found = all.map(level => tableOf([level]).find(user, clientId)?.limit)
    expect(found.filter(limit => limit !== undefined)).toEqual(meant)
    expect(tableOf(all).find(user, clientId)!.limit).toBe(meant[0])
  })

  it('is not there when none means it', () => {
    expect(tableOf([0, 2, 6]).find('bob', 'other')).toBeUndefined()
    expect(new QuotaTable().isEmpty).toBe(true)
    expect(tableOf([7]).isEmpty).toBe(false)
  })

  it('has one key for all who share it', () => {
    const keyOf = (level: number, user: string, clientId: string): string =>
      tableOf([level]).find(user, clientId)!.key
    // Of a user: all clients of his, and of another user those of that one.
    expect(keyOf(5, 'bob', 'app')).toBe(keyOf(5, 'bob', 'other'))
    expect(keyOf(5, 'bob', 'app')).not.toBe(keyOf(5, 'carol', 'app'))
    // Of a client id: whoever uses it.
    expect(keyOf(7, 'bob', 'app')).toBe(keyOf(7, 'carol', 'app'))
    expect(keyOf(7, 'bob', 'app')).not.toBe(keyOf(7, 'bob', 'other'))
    // Of both: nobody else, whatever the names are.
    expect(keyOf(4, 'bob', 'app')).not.toBe(keyOf(4, 'bob', 'other'))
    expect(keyOf(4, 'bob', ':app')).not.toBe(keyOf(4, 'bob:', 'app'))
    expect(keyOf(4, 'bob', '')).not.toBe(keyOf(5, 'bob', ''))
  })
})
