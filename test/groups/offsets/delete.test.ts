/** OffsetDelete (KIP-496), by the rules of Kafka's OffsetMetadataManager. */
import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { Group } from '../../../src/groups/group.ts'
import { ClassicGroup } from '../../../src/groups/classic/classic-group.ts'
import { Offsets } from '../../../src/groups/offsets/committed.ts'
import { deleteOffsets } from '../../../src/groups/offsets/delete.ts'
import { ShareGroup } from '../../../src/groups/share/share-group.ts'
import { GroupDriver, subscription } from '../classic/driver.ts'
import { stepAt } from '../steps.ts'
import { aId } from '../topics.ts'

const row: OffsetRow = {
  group: 'g',
  topic: 'a',
  topicId: aId,
  partition: 0,
  offset: 3,
  leaderEpoch: 2,
  metadata: '',
  commitTimestamp: 1_000,
}

function remove(group: Group | undefined, topic = 'a', partitionIndex = 0) {
  const offsets = new Offsets()
  offsets.restore(row)
  const step = stepAt(0)
  const topics = [{ name: topic, partitions: [{ partitionIndex }] }]
  const answer = deleteOffsets(group, { groupId: 'g', topics }, offsets, step)
  return { code: answer[0]!.partitions[0]!.errorCode, gone: step.forgottenOffsets }
}

function stable(protocolType: string, metadata: Buffer): ClassicGroup {
  const driver = new GroupDriver()
  driver.stable({ protocolType, protocols: [{ name: 'range', metadata }] })
  return driver.group
}

describe('offsets are deleted', () => {
  it('of a group without members', () => {
    expect(remove(new ClassicGroup('g', 0))).toEqual({ code: errors.NONE, gone: [row] })
  })

  it('of a topic that no consumer reads', () => {
    const group = stable('consumer', subscription('b').metadata)
    expect(remove(group)).toEqual({ code: errors.NONE, gone: [row] })
  })

  it('if there are any; none is no error', () => {
    expect(remove(new ClassicGroup('g', 0), 'a', 1)).toEqual({ code: errors.NONE, gone: [] })
  })
})

describe('offsets are not deleted', () => {
  it.each([
    ['of a topic that is read', subscription('a').metadata],
    ['where nobody knows what is read', Buffer.from([0])],
  ])('%s', (_, metadata) => {
    const code = errors.GROUP_SUBSCRIBED_TO_TOPIC
    expect(remove(stable('consumer', metadata))).toEqual({ code, gone: [] })
  })

  it.each([
    ['nope', 0],
    ['a', 99],
    ['a', -1],
  ])('of %s-%i, which there is not', (topic, partition) => {
    const code = errors.UNKNOWN_TOPIC_OR_PARTITION
    expect(remove(new ClassicGroup('g', 0), topic, partition)).toEqual({ code, gone: [] })
  })

  it.each([
    ['of other members than consumers', 'NON_EMPTY_GROUP', stable('connect', Buffer.alloc(0))],
    ['of a group that there is not', 'GROUP_ID_NOT_FOUND', undefined],
    ['of a share group', 'GROUP_ID_NOT_FOUND', new ShareGroup('g')],
  ])('%s: %s', (_, error, group) => {
    expect(() => remove(group)).toThrow(expect.objectContaining({ error }))
  })
})
