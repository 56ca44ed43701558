/** What ShareFetch and ShareAcknowledge have in common (Kafka: KafkaApis). */
import { KafkaError } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import type { Rule } from '../auth/required.ts'
import type { Context } from '../handler.ts'

/** Who fetches or acknowledges. */
export interface Member {
  groupId: string
  memberId: string
}

/** A uuid, as people read it. */
const maxMemberIdLength = 36

/**
 * Throws UNSUPPORTED_VERSION where there are no share groups, GROUP_AUTHORIZATION_FAILED for one
 * that is not for this client, else INVALID_REQUEST.
 */
export function checkMember(
  { groupId, memberId }: { groupId: string | null; memberId: string | null },
  groupRule: Rule,
  context: Context,
): Member {
  if (context.features.level('share.version') < 1) throw new KafkaError('UNSUPPORTED_VERSION')
  if (groupId === null) throw new KafkaError('INVALID_REQUEST', 'there is no group id')
  checkAllowed(context, groupRule, groupId)
  const isMember = memberId !== null && memberId !== '' && memberId.length <= maxMemberIdLength
  if (!isMember) throw new KafkaError('INVALID_REQUEST', 'this is no member id')
  return { groupId, memberId }
}
