import { describe, expect, it } from 'vitest'
import { changeText, eventText, identityText } from '../../src/groups/history.ts'

const member = { memberId: 'm-1', clientId: 'app', clientHost: '/127.0.0.1' }

describe('what is said of a rebalance', () => {
  it('names the member, and gives the reason in its own words', () => {
    expect(eventText({ cause: 'leave', member, reason: 'the consumer is being closed' })).toBe(
      "member 'm-1' (client 'app' at 127.0.0.1) left: the consumer is being closed",
    )
  })

  it('names the instance of a static member', () => {
    expect(identityText({ ...member, instanceId: 'one' })).toBe(
      "member 'm-1' (instance 'one', client 'app' at 127.0.0.1)",
    )
  })

  it('tells what has changed, in order', () => {
    const detail = changeText(['b', 'a'], new Set(['c']))
    expect(eventText({ cause: 'subscription', member, detail })).toBe(
      "member 'm-1' (client 'app' at 127.0.0.1) changed its subscription from [a, b] to [c]",
    )
  })

  it('needs no member', () => {
    expect(eventText({ cause: 'metadata-change' })).toBe(
      'a subscribed topic was created or deleted, or got partitions',
    )
  })
})
