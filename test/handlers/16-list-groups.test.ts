import { describe, expect, it } from 'vitest'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

describe('ListGroups', () => {
  it.each(versionsOf(listGroups))('v%i', async version => {
    const client = new GroupClient()
    await becomeMember(client)
    expect(await client.send(listGroups, version, {})).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      groups: [
        {
          groupId: 'g',
          protocolType: 'consumer',
          groupState: version >= 4 ? 'Stable' : '',
          groupType: version >= 5 ? 'classic' : '',
        },
      ],
    })
  })

  it.each([
    [4, { statesFilter: ['stable'] }, 1],
    [4, { statesFilter: ['Empty', 'Dead'] }, 0],
    [5, { typesFilter: ['CLASSIC'] }, 1],
    [5, { typesFilter: ['share'] }, 0],
  ])('v%i with %j: %i', async (version, filter, count) => {
    const client = new GroupClient()
    await becomeMember(client)
    expect((await client.send(listGroups, version, filter)).groups).toHaveLength(count)
  })
})
