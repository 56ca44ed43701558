/**
 * Each rule that handlers ask, by itself: a client that may do everything but this is refused with
 * the rule's error, or does not get to see what is not for it. That a row is missing, the compiler
 * tells (rule-requests.ts).
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { clusterName } from '../../src/auth/acl-codes.ts'
import { requires, type Rule } from '../../src/auth/required.ts'
import { errorsIn, useGuardedBroker } from './guarded-broker.ts'
import { newState, type GuardedState } from './guarded-state.ts'
import { requestsFor, type Ask } from './rule-requests.ts'

type Rules = Readonly<Record<string, Rule>>

/** Each rule, with those that stand before it and would do instead. */
const cases = Object.entries<Rules>(requires)
  .filter(([name]) => !name.includes('DelegationToken'))
  .flatMap(([name, rules]) => {
    const all = Object.entries(rules)
    return all.map(([ruleName, rule], i) => {
      const instead = all.slice(0, i).filter(([, { denied }]) => denied === 'next rule')
      return [name, ruleName, [...instead.map(([, each]) => each), rule]] as const
    })
  })
  .filter(([, ruleName]) => ruleName !== 'request')

const everything = ['topic *', 'group *', 'transactionalId *', `cluster ${clusterName}`]

function denialOf({ operation, resource }: Rule): string {
  return `${operation} ${resource} ${resource === 'cluster' ? clusterName : '*'}`
}

const denials = (answer: unknown): string[] =>
  errorsIn(answer).filter(name => name.endsWith('AUTHORIZATION_FAILED'))

describe('a client that may do everything but', () => {
  const broker = useGuardedBroker({ 'group.initial.rebalance.delay.ms': '0' })
  let state: GuardedState

  beforeAll(async () => {
    state = await newState(broker.root)
  })

  function askOf(name: string, ruleName: string): Ask {
    const requests: Record<string, Record<string, Ask>> = requestsFor(state)
    return requests[name]![ruleName]!
  }

  it.each(cases)('%s: %s', async (name, ruleName, rules) => {
    await broker.allow(...everything.map(which => `all ${which}`))
    await broker.deny(...rules.map(denialOf))
    const { denied } = rules.at(-1)!
    const answer = await askOf(name, ruleName)(broker.alice)
    const isError = denied !== 'left out' && denied !== 'next rule'
    expect(new Set(denials(answer))).toEqual(new Set(isError ? [denied] : []))
  })

  it.each(cases.filter(([, , rules]) => rules.at(-1)!.denied === 'left out'))(
    '%s: %s does not hear of it',
    async (name, ruleName, rules) => {
      await broker.allow(...everything.map(which => `all ${which}`))
      const seen = JSON.stringify(await askOf(name, ruleName)(broker.alice))
      await broker.deny(...rules.map(denialOf))
      const hidden = JSON.stringify(await askOf(name, ruleName)(broker.alice))
      expect(hidden).not.toBe(seen)
    },
  )

  it.each(cases.filter(([name, ruleName]) => `${name} ${ruleName}` !== 'DeleteTopics topic'))(
    'nothing is not refused: %s, %s',
    async (name, ruleName) => {
      await broker.allow(...everything.map(which => `all ${which}`))
      expect(denials(await askOf(name, ruleName)(broker.alice))).toEqual([])
    },
  )
})
