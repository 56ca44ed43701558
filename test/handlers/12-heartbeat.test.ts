import { expect, it } from 'vitest'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { errors } from '../../protocol/errors.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

it.each(versionsOf(heartbeat))('Heartbeat v%i', async version => {
  const client = new GroupClient()
  const memberId = await becomeMember(client)
  const send = (options: object) =>
    client.send(heartbeat, version, { groupId: 'g', memberId, generationId: 1, ...options })
  expect(await send({})).toEqual({ throttleTimeMs: 0, errorCode: 0 })
  expect((await send({ generationId: 2 })).errorCode).toBe(errors.ILLEGAL_GENERATION)
  expect((await send({ memberId: 'x' })).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  expect((await send({ groupId: 'none' })).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  expect((await send({ groupId: '' })).errorCode).toBe(errors.INVALID_GROUP_ID)
  if (version >= 3) {
    expect((await send({ groupInstanceId: 'x' })).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
  }
})
