import { describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

async function commit(client: GroupClient, groupId: string): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }]
  await client.send(offsetCommit, 8, { groupId, memberId: '', topics: [{ name: 'a', partitions }] })
}

async function deleted(client: GroupClient, groupsNames: string[], version = 2) {
  const { results } = await client.send(deleteGroups, version, { groupsNames })
  return results.map(({ groupId, errorCode }) => [groupId, errorCode])
}

async function known(client: GroupClient): Promise<string[]> {
  return (await client.send(listGroups, 4, {})).groups.map(({ groupId }) => groupId)
}

describe('DeleteGroups', () => {
  it.each(versionsOf(deleteGroups))('v%i', async version => {
    const client = new GroupClient()
    await becomeMember(client)
    await commit(client, 'simple')
    expect(await deleted(client, ['simple', 'g', 'none', '', 'simple'], version)).toEqual([
      ['simple', errors.NONE],
      ['g', errors.NON_EMPTY_GROUP],
      ['none', errors.GROUP_ID_NOT_FOUND],
      ['', errors.GROUP_ID_NOT_FOUND],
    ])
    expect(await known(client)).toEqual(['g'])
  })

  it('deletes the offsets with the group, for good', async () => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    await client.send(leaveGroup, 2, { groupId: 'g', memberId })
    await commit(client, 'g')
    expect(await deleted(client, ['g'])).toEqual([['g', errors.NONE]])
    const answer = await client.send(offsetFetch, 5, { groupId: 'g', topics: null })
    expect(answer).toMatchObject({ topics: [], errorCode: 0 })
    const { group, offset } = await client.store.load()
    expect([group.size, offset.size]).toEqual([0, 0])
  })

  it('answers when that is stored', async () => {
    const client = new GroupClient()
    await commit(client, 'simple')
    client.store.hold()
    const answer = deleted(client, ['simple'])
    expect(await Promise.race([answer, Promise.resolve('waits')])).toBe('waits')
    client.store.release()
    expect(await answer).toEqual([['simple', errors.NONE]])
  })
})
