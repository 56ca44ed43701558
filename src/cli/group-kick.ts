import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { errors } from '../../protocol/errors.ts'
import type { Client } from '../client/client.ts'
import { checkAnswer } from './broker-answers.ts'
import type { GroupMember } from './group-members.ts'
import type { ListedGroup } from './groups.ts'

const leaving = -1
const reason = 'removed by odradek group kick'

/** Leaves in the name of a member. One that has left meanwhile is no error. */
export async function kickMember(
  client: Client,
  { group, type }: Pick<ListedGroup, 'group' | 'type'>,
  { member, instance, epoch }: GroupMember,
): Promise<void> {
  const to = { group }
  const check = (errorCode: number, message?: string | null): void => {
    if (errorCode === errors.UNKNOWN_MEMBER_ID) return
    checkAnswer(`member ${member} of group ${group}`, errorCode, message)
  }
  // Members of the classic protocol live in groups of the newer types as well.
  if (type === 'classic' || epoch === null) {
    const members = [{ memberId: member, groupInstanceId: instance, reason }]
    await client.send(
      leaveGroup,
      { groupId: group, memberId: member, members },
      {
        to,
        minVersion: instance === null ? 0 : 3,
        check: answer => check(answer.members[0]?.errorCode ?? answer.errorCode),
      },
    )
    return
  }
  const heartbeat = { groupId: group, memberId: member, memberEpoch: leaving }
  const checked = { to, check: (answer: Answer) => check(answer.errorCode, answer.errorMessage) }
  if (type === 'consumer') {
    await client.send(consumerGroupHeartbeat, { ...heartbeat, instanceId: instance }, checked)
  } else if (type === 'share') await client.send(shareGroupHeartbeat, heartbeat, checked)
  else {
    await client.send(
      streamsGroupHeartbeat,
      { ...heartbeat, endpointInformationEpoch: -1 },
      checked,
    )
  }
}

interface Answer {
  errorCode: number
  errorMessage: string | null
}
