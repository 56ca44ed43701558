/** Why groups have rebalanced, as the rules tell it and as it is shown. Pure. */
import type { GroupType } from './group.ts'

/** What has made a group rebalance. */
export type RebalanceCause =
  /** A member came, said that it goes, or asked for a rebalance while it was in the group. */
  | 'join'
  | 'leave'
  | 'rejoin'
  /** A member of the same group.instance.id came in the place of another (KIP-345). */
  | 'static-replacement'
  /** A member was not heard of in time, or did not do in time what a rebalance asks of it. */
  | 'session-timeout'
  | 'rebalance-timeout'
  | 'sync-timeout'
  /** Its connection was closed (group.evict.on.disconnect), or somebody has removed it. */
  | 'disconnect'
  | 'kick'
  /** A member reads other topics, assigns otherwise, or has become another in other ways. */
  | 'subscription'
  | 'assignor'
  | 'member-change'
  /** Subscribed topics came, went, or got partitions; the topology of Streams can now run. */
  | 'metadata-change'
  /** There are more members than there may be. */
  | 'max-size'
  /** The group changed its protocol (KIP-848). */
  | 'upgrade'
  | 'downgrade'
  /** A request of the member was hit by a fault. */
  | 'fault'

/** Who has made a group rebalance. */
export interface MemberIdentity {
  readonly memberId: string
  /** group.instance.id of a static member, else null. */
  readonly instanceId?: string | null
  readonly clientId: string
  /** In Kafka's form: '/127.0.0.1'. */
  readonly clientHost: string
}

export interface GroupEvent {
  readonly cause: RebalanceCause
  readonly member?: MemberIdentity
  /** What the client has said of it (KIP-800). */
  readonly reason?: string | null | undefined
  /** What else there is to say, by cause. */
  readonly detail?: string
}

/** An event, and when it was. */
export interface PastEvent extends GroupEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly groupType: GroupType
  /** The generation of a classic group, else the group epoch, that ended by it. */
  readonly epoch: number
}

/** Events of a group that are kept: the last ones. */
export const keptEvents = 32

/** One sentence that says what happened. */
export function eventText({ cause, member, reason, detail }: GroupEvent): string {
  const happened = sentences[cause](detail ?? '')
  const who = member === undefined ? undefined : identityText(member)
  const said = reason ? `: ${reason}` : ''
  return `${who === undefined ? '' : `${who} `}${happened}${said}`
}

/** How a member is called where people read it. */
export function identityText({
  memberId,
  instanceId,
  clientId,
  clientHost,
}: MemberIdentity): string {
  const host = clientHost.replace(/^\//, '')
  const instance = instanceId ? `instance '${instanceId}', ` : ''
  return `member '${memberId}' (${instance}client '${clientId}' at ${host})`
}

const sentences: Readonly<Record<RebalanceCause, (detail: string) => string>> = {
  join: () => 'joined',
  leave: () => 'left',
  rejoin: () => 'joined again, which asks for a rebalance',
  'static-replacement': formerId => `came in the place of member '${formerId}'`,
  'session-timeout': ms => `was not heard of within its session timeout of ${ms} ms`,
  'rebalance-timeout': ms => `did not follow a rebalance within its timeout of ${ms} ms`,
  'sync-timeout': ms => `did not ask for its assignment within the rebalance timeout of ${ms} ms`,
  disconnect: () => 'was removed because its connection was closed (group.evict.on.disconnect)',
  kick: () => 'was kicked',
  subscription: change => `changed its subscription ${change}`,
  assignor: change => `changed its assignor ${change}`,
  'member-change': () => 'has told something new of itself',
  'metadata-change': () => 'a subscribed topic was created or deleted, or got partitions',
  'max-size': size => `the group may have no more than ${size} members`,
  upgrade: () => 'a member of the consumer protocol joined: the group has taken that up',
  downgrade: () => 'the last member of the consumer protocol is gone: it is a classic group again',
  fault: what => `met a fault: ${what}`,
}

/** From these to those, for `detail`. */
export function changeText(from: Iterable<string>, to: Iterable<string>): string {
  const list = (names: Iterable<string>): string => `[${[...names].toSorted().join(', ')}]`
  return `from ${list(from)} to ${list(to)}`
}
