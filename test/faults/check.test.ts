import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../src/admin/invalid-input.ts'
import { checkFault } from '../../src/faults/check.ts'
import type { FaultSpec } from '../../src/faults/spec.ts'

/** What is said of it. */
function refusal(value: unknown): string {
  try {
    checkFault(value)
  } catch (error) {
    if (error instanceof InvalidInput) return error.message
    throw error
  }
  throw new Error('it was taken')
}

test('what is not given is any request, once, at once, and before it is done', () => {
  const rule = checkFault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER' })
  expect(rule).toMatchObject({
    effects: [{ kind: 'error', error: 'NOT_LEADER_OR_FOLLOWER' }],
    versions: [0, Infinity],
    times: 1,
    delayMs: 0,
    isAfterApply: false,
    probability: 1,
    seed: 0,
    isOptional: false,
  })
  expect([...rule.apis!]).toEqual(['Produce'])
})

test('one fault says the same in JavaScript and in JSON, without end as well', () => {
  const spec: FaultSpec = {
    api: ['Fetch', 'Produce'],
    client: 'svc-*',
    delay: '300ms',
    probability: 0.1,
    seed: 7,
    times: Infinity,
    version: '4-8',
  }
  const { times, delayMs, versions, apis } = checkFault(JSON.parse(JSON.stringify(spec)))
  expect({ times, delayMs, versions, apis }).toEqual({
    times: Infinity,
    delayMs: 300,
    versions: [4, 8],
    apis: new Set(['Fetch', 'Produce']),
  })
  expect(checkFault({ ...spec, times: 'always' }).times).toBe(Infinity)
})

test('names are as on a command line, too', () => {
  const rule = checkFault({ api: 'offset-commit', error: 'rebalance-in-progress' })
  expect([...rule.apis!]).toEqual(['OffsetCommit'])
  expect(rule.effects).toEqual([{ kind: 'error', error: 'REBALANCE_IN_PROGRESS' }])
})

test('a sequence has errors, actions, and what is served as if nothing were', () => {
  const sequence = ['ok', 'REBALANCE_IN_PROGRESS', 'disconnect']
  expect(checkFault({ api: 'Heartbeat', sequence }).effects).toEqual([
    { kind: 'ok' },
    { kind: 'error', error: 'REBALANCE_IN_PROGRESS' },
    { kind: 'disconnect' },
  ])
})

test('actions know their APIs', () => {
  expect([...checkFault({ action: 'corrupt' }).apis!]).toEqual(['Fetch', 'ShareFetch'])
  expect(checkFault({ action: 'storage-full' })).toMatchObject({
    apis: new Set(['Produce']),
    effects: [{ kind: 'error', error: 'KAFKA_STORAGE_ERROR' }],
  })
  const moved = checkFault({ action: 'coordinator-moved', group: 'g' })
  expect(moved.effects).toEqual([{ kind: 'error', error: 'NOT_COORDINATOR' }])
  expect(moved.apis!.has('OffsetCommit')).toBe(true)
  expect(moved.apis!.has('FindCoordinator')).toBe(false)
  expect(checkFault({ action: 'disconnect' }).apis).toBeUndefined()
})

describe('what is wrong is told with what would be right', () => {
  const wrong: Record<string, unknown> = {
    'no object': 'Produce',
    'nothing happens': { api: 'Produce' },
    'a field': { apis: 'Produce', delay: 1 },
    'a field in other letters': { API: 'Produce', delay: 1 },
    'an API': { api: 'Prodcue', delay: 1 },
    'an error': { api: 'Produce', error: 'NOT_LEADER_OR_FOLOWER' },
    'an error of another API': { api: 'Produce', error: 'ILLEGAL_GENERATION' },
    'an error without an API': { error: 'PRODUCER_FENCED' },
    'an error of one of two APIs': { api: ['Produce', 'Fetch'], error: 'OFFSET_OUT_OF_RANGE' },
    'an action': { api: 'Produce', action: 'explode' },
    'an action that lacks its time': { api: 'Produce', action: 'throttle' },
    'an action of another API': { api: 'Produce', action: 'corrupt' },
    'an API that has no throttle': { api: 'SaslHandshake', throttle: '1s' },
    'an action and an error': { api: 'Fetch', action: 'drop', error: 'OFFSET_OUT_OF_RANGE' },
    'an error and a sequence': { api: 'Heartbeat', error: 'REBALANCE_IN_PROGRESS', sequence: [] },
    'an empty sequence': { api: 'Heartbeat', sequence: [] },
    'a step': { api: 'Heartbeat', sequence: ['okay'] },
    'a delay': { delay: '3 minutes' },
    'a long delay': { delay: '2h' },
    after: { action: 'disconnect', after: 'commit' },
    'a full disk after the append': { action: 'storage-full', after: 'apply' },
    times: { action: 'drop', times: 0 },
    probability: { action: 'drop', probability: 2 },
    version: { action: 'drop', version: '8-4' },
    partition: { action: 'drop', partition: -1 },
    topic: { action: 'drop', topic: '' },
    optional: { action: 'drop', optional: 'yes' },
  }
  test('each in one sentence', () => {
    const said = Object.entries(wrong).map(([what, value]) => `${what}: ${refusal(value)}`)
    expect(said.join('\n')).toMatchSnapshot()
  })
})

test('force has an API answer what it never does', () => {
  const spec = { api: 'Produce', error: 'ILLEGAL_GENERATION', force: true }
  expect(checkFault(spec).effects).toEqual([{ kind: 'error', error: 'ILLEGAL_GENERATION' }])
  expect(refusal({ api: 'Produce', error: 'ILLEGAL', force: true })).toContain('unknown error')
})

test('wrong names are type errors', () => {
  // @ts-expect-error: there is no such error
  const noError: FaultSpec = { api: 'Produce', error: 'NOT_LEADER' }
  // @ts-expect-error: there is no such API
  const noApi: FaultSpec = { api: 'Produced', error: 'NOT_LEADER_OR_FOLLOWER' }
  expect([noError, noApi].map(refusal).join()).toContain('unknown error')
})
