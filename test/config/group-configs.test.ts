import { describe, expect, it } from 'vitest'
import { createConfig, groupConfig } from '../../src/config.ts'
import type { Overrides } from '../../src/config/effective.ts'

function brokerWith(set: Overrides) {
  return createConfig(Object.entries(set).map(([name, value]) => ({ name, value, origin: 'x' })))
    .config
}

describe('configs of groups', () => {
  it('fall back on those of the broker', () => {
    const broker = brokerWith({ 'group.share.heartbeat.interval.ms': '6000' })
    expect(groupConfig({}, broker)).toMatchObject({
      shareHeartbeatIntervalMs: 6000,
      shareSessionTimeoutMs: 45_000,
    })
    const own = { 'share.heartbeat.interval.ms': '7000' }
    expect(groupConfig(own, broker)).toMatchObject({ shareHeartbeatIntervalMs: 7000 })
  })

  // Kafka: GroupConfig.evaluate
  it('are brought within the bounds of the broker, which may have changed since', () => {
    const broker = brokerWith({
      'group.share.min.heartbeat.interval.ms': '6000',
      'group.share.heartbeat.interval.ms': '6000',
      'group.share.max.session.timeout.ms': '50000',
    })
    const own = {
      'share.heartbeat.interval.ms': '5500',
      'share.session.timeout.ms': '60000',
      'share.assignment.interval.ms': '20',
      'share.auto.offset.reset': 'earliest',
    }
    expect(groupConfig(own, broker)).toMatchObject({
      shareHeartbeatIntervalMs: 6000,
      shareSessionTimeoutMs: 50_000,
      shareAssignmentIntervalMs: 20,
      shareAutoOffsetReset: 'earliest',
    })
  })

  // Kafka: GroupCoordinatorConfig
  it.each([
    ['group.share.heartbeat.interval.ms', '4999', /x: must be greater than or equal to group/],
    ['group.share.max.heartbeat.interval.ms', '4999', /x: must be greater than or equal to group/],
    ['group.consumer.session.timeout.ms', '60001', /max.*: must be greater than or equal to/],
    ['group.streams.min.assignment.interval.ms', '2000', /must be greater than or equal to/],
  ])('on the broker keep its own bounds: %s=%s', (name, value, message) => {
    expect(() => brokerWith({ [name]: value })).toThrow(message)
  })

  it('on the broker have members report before they are given up', () => {
    const set = {
      'group.share.min.session.timeout.ms': '1000',
      'group.share.session.timeout.ms': '5000',
    }
    expect(() => brokerWith(set)).toThrow(
      'group.share.heartbeat.interval.ms: must be less than group.share.session.timeout.ms',
    )
  })
})
