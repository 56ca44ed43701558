import { describe, expect, it } from 'vitest'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient } from './group-client.ts'
import { becomeMember } from './group-member.ts'

describe('LeaveGroup', () => {
  it.each([0, 1, 2])('v%i: one member', async version => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const send = (groupId: string) => client.send(leaveGroup, version, { groupId, memberId })
    expect((await send('')).errorCode).toBe(errors.INVALID_GROUP_ID)
    expect((await send('none')).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    expect(await send('g')).toEqual({ throttleTimeMs: 0, errorCode: 0, members: [] })
    expect((await send('g')).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    expect(client.groups.classic.describe('g')!.groupState).toBe('Empty')
  })

  it.each([3, 4, 5])('v%i: several members, each with its answer (KIP-345)', async version => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const members = [{ memberId }, { memberId: 'x', groupInstanceId: 'i' }]
    const send = (groupId: string) => client.send(leaveGroup, version, { groupId, members })
    const unknown = errors.UNKNOWN_MEMBER_ID
    expect(await send('')).toMatchObject({ errorCode: errors.INVALID_GROUP_ID, members: [] })
    expect(await send('none')).toMatchObject({
      errorCode: 0,
      members: [{ errorCode: unknown }, { errorCode: unknown }],
    })
    expect(await send('g')).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      members: [
        { memberId, groupInstanceId: null, errorCode: 0 },
        { memberId: 'x', groupInstanceId: 'i', errorCode: unknown },
      ],
    })
  })
})
