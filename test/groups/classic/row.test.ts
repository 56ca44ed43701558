import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { resume } from '../../../src/groups/classic/deadlines.ts'
import { loadClassicGroup } from '../../../src/groups/classic/load.ts'
import { toRow } from '../../../src/groups/classic/row.ts'
import { GroupDriver } from './driver.ts'

/** The group after a restart of the broker. */
function restart(group: GroupDriver, limits = {}): GroupDriver {
  const row = JSON.parse(JSON.stringify(toRow(group.group)))
  const restarted = new GroupDriver(limits, loadClassicGroup('g', row))
  restarted.step(step => resume(restarted.group, step))
  return restarted
}

describe('a group after a restart', () => {
  it('is as it was: members, generation, leader, assignments', () => {
    const group = new GroupDriver()
    group.stable({ groupInstanceId: 'a' }, {})
    const restarted = restart(group)
    expect(restarted.group).toMatchObject({ state: 'Stable', generationId: 1, leaderId: 'a-1' })
    expect(toRow(restarted.group)).toEqual(toRow(group.group))
    expect(restarted.heartbeat('a-1', 1, 'a')).toBe(0)
    expect(String(restarted.sync('m-2').answer.assignment)).toBe('m-2')
    expect(restarted.join({ memberId: 'm-2' }).answer.generationId).toBe(1)
  })

  it('its sessions start anew (Kafka: GroupMetadataManager.onLoaded)', () => {
    const group = new GroupDriver()
    group.stable({ sessionTimeoutMs: 10_000 })
    const restarted = restart(group)
    restarted.advance(9_999)
    expect(restarted.heartbeat('m-1')).toBe(0)
    restarted.advance(10_000)
    expect(restarted.group).toMatchObject({ state: 'Empty', generationId: 2 })
  })

  it('an empty one keeps its generation and type', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}))
    expect(restart(group).group).toMatchObject({
      state: 'Empty',
      generationId: 2,
      protocolType: 'consumer',
      protocolName: null,
      stateTimestamp: group.group.stateTimestamp,
    })
  })

  it('larger than group.max.size: it rebalances (Kafka: testOnLoadedExceedGroupMaxSize…)', () => {
    const group = new GroupDriver()
    group.stable({}, {})
    const restarted = restart(group, { groupMaxSize: 1 })
    expect(restarted.heartbeat('m-1')).toBe(errors.REBALANCE_IN_PROGRESS)
  })
})
