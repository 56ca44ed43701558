import type { GroupType } from '../groups/group.ts'
import { eventText, type RebalanceCause } from '../groups/history.ts'
import type { Services } from '../handler.ts'
import { groupNamed } from './groups.ts'

/** Why a group has rebalanced lately. */
export interface GroupWhy {
  readonly group: string
  readonly type: GroupType
  readonly state: string
  /** The generation of a classic group, else the group epoch. */
  readonly epoch: number
  /** The last 32, the oldest first. */
  readonly rebalances: readonly Rebalance[]
  /** All of it for people, a line for each. */
  readonly text: string
}

export interface Rebalance {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly cause: RebalanceCause
  /** The generation or group epoch that ended by it. */
  readonly epoch: number
  /** Whose doing it was, where it was a member's. */
  readonly memberId?: string
  readonly instanceId?: string
  readonly clientId?: string
  readonly clientHost?: string
  /** What the client has said of it (KIP-800). */
  readonly reason?: string
  /** One sentence. */
  readonly text: string
}

/** Throws GROUP_ID_NOT_FOUND. */
export function whyGroup(services: Services, groupId: string): GroupWhy {
  const { type, state, epoch } = groupNamed(services, groupId)
  const history = services.groups.history(groupId)
  const rebalances = history.map(({ timestamp, cause, member, reason, epoch: ended, ...event }) => {
    const text = eventText({ cause, ...event, ...(member && { member }), reason })
    return {
      timestamp,
      cause,
      epoch: ended,
      ...(member && {
        memberId: member.memberId,
        ...(member.instanceId && { instanceId: member.instanceId }),
        clientId: member.clientId,
        clientHost: member.clientHost,
      }),
      ...(reason && { reason }),
      text,
    }
  })
  const unit = type === 'classic' ? 'generation' : 'epoch'
  const head = `group '${groupId}': ${type}, ${state}, ${unit} ${epoch}`
  const lines = rebalances.map(({ timestamp, epoch: ended, text }) => {
    return `${new Date(timestamp).toISOString()}  ${unit} ${ended} ended: ${text}`
  })
  if (lines.length === 0) lines.push('It has not rebalanced since the broker was started.')
  return { group: groupId, type, state, epoch, rebalances, text: [head, ...lines].join('\n') }
}
