/** KIP-211, by the rules of Kafka's OffsetMetadataManager and the groups' expiration conditions. */
import { describe, expect, it } from 'vitest'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import { ClassicGroup } from '../../../src/groups/classic/classic-group.ts'
import { Offsets } from '../../../src/groups/offsets/committed.ts'
import { expireOffsets } from '../../../src/groups/offsets/expire.ts'
import { ShareGroup } from '../../../src/groups/share/share-group.ts'
import { GroupDriver, subscription } from '../classic/driver.ts'
import { stepAt } from '../steps.ts'
import { aId } from '../topics.ts'

const retentionMs = 7 * 24 * 3_600_000
const committedMs = 1_000_000

function row(options: Partial<OffsetRow> = {}): OffsetRow {
  const base = { group: 'g', topic: 'a', topicId: aId, partition: 0, offset: 3, leaderEpoch: 2 }
  return { ...base, metadata: '', commitTimestamp: committedMs, ...options }
}

/** What is gone at this time: which offsets of these, and whether the group. */
function expired(group: ClassicGroup | ShareGroup, timestamp: number, rows = [row()]) {
  const step = stepAt(0, { timestamp })
  const offsets = new Offsets()
  for (const each of rows) offsets.restore(each)
  expireOffsets(group, offsets, step)
  return { offsets: step.forgottenOffsets, isGone: step.successor === null }
}

const nothing = { offsets: [], isGone: false }

describe('offsets of a group without members, which tools and simple consumers use', () => {
  const group = new ClassicGroup('g', 0)

  it.each([
    ['are kept until the retention is over', committedMs + retentionMs - 1, nothing],
    ['go with the group when it is', committedMs + retentionMs, { offsets: [row()], isGone: true }],
  ])('%s', (_, timestamp, gone) => {
    expect(expired(group, timestamp)).toEqual(gone)
  })

  it('go one by one, and the group with the last one', () => {
    const rows = [row(), row({ partition: 1, commitTimestamp: committedMs + 1 })]
    expect(expired(group, committedMs + retentionMs, rows)).toEqual({
      offsets: [rows[0]],
      isGone: false,
    })
  })

  it('go when the client has said so (OffsetCommit v2–4)', () => {
    const rows = [row({ expireTimestamp: 2_000_000 })]
    expect(expired(group, 1_999_999, rows)).toEqual(nothing)
    expect(expired(group, 2_000_000, rows)).toEqual({ offsets: rows, isGone: true })
    const later = [row({ expireTimestamp: committedMs + 2 * retentionMs })]
    expect(expired(group, committedMs + retentionMs, later)).toEqual(nothing)
  })
})

describe('offsets of a group that is empty', () => {
  it('are kept for the retention from when it became so', () => {
    const driver = new GroupDriver()
    const [memberId] = driver.stable({ protocols: [subscription('a')] })
    driver.nowMs += retentionMs
    driver.leave(memberId!)
    const emptyMs = driver.group.stateTimestamp
    expect(expired(driver.group, emptyMs + retentionMs - 1)).toEqual(nothing)
    expect(expired(driver.group, emptyMs + retentionMs)).toEqual({
      offsets: [row()],
      isGone: true,
    })
  })

  it('are not what it is kept for: without any it goes at once', () => {
    const driver = new GroupDriver()
    const [memberId] = driver.stable({})
    driver.leave(memberId!)
    expect(expired(driver.group, 0, [])).toEqual({ offsets: [], isGone: true })
  })
})

describe('offsets of a Stable group', () => {
  const muchLater = committedMs + 2 * retentionMs

  it('are kept while it reads the topic', () => {
    const driver = new GroupDriver()
    driver.stable({ protocols: [subscription('b', 'a')] })
    expect(expired(driver.group, muchLater)).toEqual(nothing)
  })

  it('go when nobody reads the topic any more; the group stays', () => {
    const driver = new GroupDriver()
    driver.stable({ protocols: [subscription('b')] }, { protocols: [subscription('c')] })
    expect(expired(driver.group, muchLater)).toEqual({ offsets: [row()], isGone: false })
    expect(expired(driver.group, committedMs + retentionMs - 1)).toEqual(nothing)
  })

  it.each([
    ['whose subscriptions cannot be read', 'consumer', Buffer.from([0])],
    ['of other clients than consumers', 'connect', subscription('b').metadata],
  ])('%s are kept', (_, protocolType, metadata) => {
    const driver = new GroupDriver()
    driver.stable({ protocolType, protocols: [{ name: 'range', metadata }] })
    expect(expired(driver.group, muchLater)).toEqual(nothing)
  })

  it('are kept while it rebalances', () => {
    const driver = new GroupDriver()
    driver.stable({ protocols: [subscription('b')] })
    driver.join({ protocols: [subscription('b')] })
    expect(driver.group.state).toBe('PreparingRebalance')
    expect(expired(driver.group, muchLater)).toEqual(nothing)
  })
})

it('a share group stays until it is deleted', () => {
  expect(expired(new ShareGroup('g'), committedMs + retentionMs, [])).toEqual(nothing)
})
