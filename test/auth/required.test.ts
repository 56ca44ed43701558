import { describe, expect, it } from 'vitest'
import { requires, type Rule } from '../../src/auth/required.ts'
import { handlers } from '../../src/handlers/index.ts'

const rows: Readonly<Record<string, Readonly<Record<string, Rule>>>> = requires

describe('the table of permissions', () => {
  it('has a row for each API that is served, in their order, and no other', () => {
    expect(Object.keys(rows)).toEqual(handlers.map(({ name }) => name))
  })

  it('asks for a whole request on the cluster only, for dispatch knows no other name', () => {
    const requests = Object.values(rows).flatMap(({ request }) => request ?? [])
    expect(requests.length).toBeGreaterThan(20)
    for (const { resource, denied } of requests) {
      expect({ resource, denied }).toEqual({
        resource: 'cluster',
        denied: 'CLUSTER_AUTHORIZATION_FAILED',
      })
    }
  })

  it('has a weaker permission behind each that is enough for all', () => {
    for (const [api, rules] of Object.entries(rows)) {
      const denied = Object.values(rules).map(rule => rule.denied)
      expect(denied.at(-1), api).not.toBe('next rule')
    }
  })
})
