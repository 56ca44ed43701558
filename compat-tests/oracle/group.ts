/** Members of classic groups. */
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import type { Session } from './session.ts'

/** What a consumer of no topics says (ConsumerProtocolSubscription v0): Kafka looks into it. */
export const subscription = Buffer.from('000000000000ffffffff', 'hex')

type JoinRequest = Input<typeof joinGroup.request>

export interface Member {
  memberId: string
  generationId: number
}

/** A request to join; everything may be another way. */
export function joining(groupId: string, fields: Partial<JoinRequest> = {}): JoinRequest {
  return {
    groupId,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription }],
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    ...fields,
  }
}

/** Joins, in a version that gives the id at once. The group is then CompletingRebalance. */
export async function join(
  s: Session<never>,
  groupId: string,
  fields: Partial<JoinRequest> = {},
): Promise<Member> {
  const first = await s.get(joinGroup, joining(groupId, fields))
  const isAsked = errorName(first.errorCode) === 'MEMBER_ID_REQUIRED'
  const { memberId } = first
  const answer = isAsked ? await s.get(joinGroup, joining(groupId, { ...fields, memberId })) : first
  if (answer.errorCode !== 0) throw new Error(`join: ${errorName(answer.errorCode)}`)
  return answer
}

/** Joins a group without members, and gives itself all work. The group is then Stable. */
export async function becomeMember(
  s: Session<never>,
  groupId: string,
  fields: Partial<JoinRequest> = {},
): Promise<Member> {
  const member = await join(s, groupId, fields)
  const { memberId, generationId } = member
  const assignments = [{ memberId, assignment: Buffer.from('mine') }]
  const { groupInstanceId = null } = fields
  const names = { protocolType: 'consumer', protocolName: 'range' }
  const request = { groupId, generationId, memberId, groupInstanceId, assignments, ...names }
  const { errorCode } = await s.get(syncGroup, request)
  if (errorCode !== 0) throw new Error(`sync: ${errorName(errorCode)}`)
  return member
}
