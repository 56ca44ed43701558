import { describe, expect, it } from 'vitest'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { joinRequest } from './group-member.ts'

describe('JoinGroup', () => {
  it.each(versionsOf(joinGroup))('v%i: a member joins', async version => {
    const client = new GroupClient()
    let memberId = ''
    if (version >= 4) {
      const first = await client.send(joinGroup, version, joinRequest())
      expect(first.errorCode).toBe(errors.MEMBER_ID_REQUIRED)
      memberId = first.memberId
      expect(memberId).toBe('app-uuid-1')
    }
    const joining = client.send(joinGroup, version, joinRequest({ memberId }))
    client.clock.advance(0)
    expect(await joining).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      generationId: 1,
      protocolType: version >= 7 ? 'consumer' : null,
      protocolName: 'range',
      leader: 'app-uuid-1',
      skipAssignment: false,
      memberId: 'app-uuid-1',
      members: [
        {
          memberId: 'app-uuid-1',
          groupInstanceId: null,
          metadata: Buffer.from('subscription'),
        },
      ],
    })
    expect(client.groups.classic.describe('g')!.members[0]).toMatchObject({
      clientId: 'app',
      clientHost: '/10.0.0.1',
    })
  })

  it.each(versionsOf(joinGroup))('v%i: refused', async version => {
    const client = new GroupClient()
    const answer = (errorCode: number, memberId = '') => ({
      throttleTimeMs: 0,
      errorCode,
      generationId: -1,
      protocolType: null,
      protocolName: '',
      leader: '',
      skipAssignment: false,
      memberId,
      members: [],
    })
    const send = async (options: Parameters<typeof joinRequest>[0]) => {
      const response = await client.send(joinGroup, version, joinRequest(options))
      return { ...response, protocolName: response.protocolName ?? '' }
    }
    expect(await send({ groupId: '' })).toEqual(answer(errors.INVALID_GROUP_ID))
    expect(await send({ sessionTimeoutMs: 1 })).toEqual(answer(errors.INVALID_SESSION_TIMEOUT))
    expect(await send({ memberId: 'x' })).toEqual(answer(errors.UNKNOWN_MEMBER_ID, 'x'))
    expect(await send({ protocols: [] })).toEqual(answer(errors.INCONSISTENT_GROUP_PROTOCOL))
  })

  it('v0 has no rebalance timeout: the session timeout counts', async () => {
    const client = new GroupClient()
    const first = client.send(joinGroup, 0, joinRequest())
    client.clock.advance(0)
    const { memberId } = await first
    const second = client.send(joinGroup, 0, joinRequest())
    client.clock.advance(10_000)
    expect((await second).members.map(member => member.memberId)).not.toContain(memberId)
  })

  it.each([
    [8, false],
    [9, true],
  ])('v%i: a static leader that returns may skip the assignment: %s', async (version, skip) => {
    const client = new GroupClient()
    const request = joinRequest({ groupId: 's', groupInstanceId: 'one' })
    const joining = client.send(joinGroup, version, request)
    client.clock.advance(0)
    const { memberId, generationId } = await joining
    await client.send(syncGroup, 3, {
      groupId: 's',
      memberId,
      groupInstanceId: 'one',
      generationId,
      assignments: [{ memberId, assignment: Buffer.from('mine') }],
    })
    const returned = await client.send(joinGroup, version, request)
    expect(returned.skipAssignment).toBe(skip)
    expect(returned.leader === returned.memberId).toBe(skip)
  })
})
