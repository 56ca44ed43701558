import { describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient } from './group-client.ts'

async function committed(): Promise<GroupClient> {
  const client = new GroupClient()
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }]
  const topics = ['a', 'b'].map(name => ({ name, partitions }))
  await client.send(offsetCommit, 8, { groupId: 'g', memberId: '', topics })
  return client
}

function remove(client: GroupClient, groupId: string) {
  const topics = [
    { name: 'a', partitions: [{ partitionIndex: 0 }] },
    { name: 'nope', partitions: [{ partitionIndex: 1 }] },
  ]
  return client.send(offsetDelete, 0, { groupId, topics })
}

describe('OffsetDelete v0', () => {
  it('deletes what it names, for good', async () => {
    const client = await committed()
    expect(await remove(client, 'g')).toEqual({
      errorCode: errors.NONE,
      throttleTimeMs: 0,
      topics: [
        { name: 'a', partitions: [{ partitionIndex: 0, errorCode: errors.NONE }] },
        {
          name: 'nope',
          partitions: [{ partitionIndex: 1, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION }],
        },
      ],
    })
    const { topics } = await client.send(offsetFetch, 5, { groupId: 'g', topics: null })
    expect(topics.map(({ name }) => name)).toEqual(['b'])
    expect((await client.store.load()).offset.size).toBe(1)
  })

  it.each([
    ['', errors.INVALID_GROUP_ID],
    ['none', errors.GROUP_ID_NOT_FOUND],
  ])("refuses the group '%s': %i", async (groupId, errorCode) => {
    expect(await remove(await committed(), groupId)).toMatchObject({ errorCode, topics: [] })
  })
})
