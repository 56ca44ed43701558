import { describe, expect, it } from 'vitest'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

const named = { protocolType: 'consumer', protocolName: 'range' }

describe('SyncGroup', () => {
  it.each(versionsOf(syncGroup))('v%i', async version => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const send = (options: object) => {
      const request = { groupId: 'g', memberId, generationId: 1, assignments: [], ...named }
      return client.send(syncGroup, version, { ...request, ...options })
    }
    expect(await send({})).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      protocolType: version >= 5 ? 'consumer' : null,
      protocolName: version >= 5 ? 'range' : null,
      assignment: Buffer.from('mine'),
    })
    const refused = { protocolType: null, protocolName: null, assignment: Buffer.alloc(0) }
    expect(await send({ generationId: 0 })).toMatchObject({
      errorCode: errors.ILLEGAL_GENERATION,
      ...refused,
    })
    expect(await send({ groupId: 'none' })).toMatchObject({
      errorCode: errors.UNKNOWN_MEMBER_ID,
      ...refused,
    })
    expect((await send({ groupId: '' })).errorCode).toBe(errors.INVALID_GROUP_ID)
  })

  it.each([
    ['type', { protocolType: null }],
    ['name', { protocolName: null }],
  ])('v5 without the protocol %s: INCONSISTENT_GROUP_PROTOCOL (KIP-559)', async (_, missing) => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const request = { groupId: 'g', memberId, generationId: 1, assignments: [], ...named }
    const { errorCode } = await client.send(syncGroup, 5, { ...request, ...missing })
    expect(errorCode).toBe(errors.INCONSISTENT_GROUP_PROTOCOL)
  })
})
