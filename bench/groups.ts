/** Members of groups as native clients cannot be: a hundred thousand of them on few connections. */
import { Connection } from '../compat-tests/oracle/connection.ts'
import { encodeRequest, type Api } from '../protocol/api.ts'
import { joinGroup } from '../protocol/apis/11-join-group.ts'
import { heartbeat } from '../protocol/apis/12-heartbeat.ts'
import { syncGroup } from '../protocol/apis/14-sync-group.ts'
import { consumerGroupHeartbeat } from '../protocol/apis/68-consumer-group-heartbeat.ts'

export const membersInGroup = 10
/** Of classic groups that join at the same time: each member waits on a connection of its own. */
const groupsAtOnce = 100
const heartbeatConnections = 10
/** Requests that one connection has in flight. */
const pipelined = 100
const sessionTimeoutMs = 600_000
/** As long as those of consumers that read a topic or two. */
const metadata = Buffer.alloc(60)
const assignment = Buffer.alloc(40)

export type GroupProtocol = 'classic' | 'consumer'

interface Member {
  groupId: string
  memberId: string
  epoch: number
}

/** Groups of ten members each; resolves when all of them have their assignment. */
export async function joinGroups(
  bootstrap: string,
  protocol: GroupProtocol,
  groupIds: readonly string[],
  topic: string,
): Promise<Member[]> {
  return protocol === 'classic'
    ? joinClassic(bootstrap, groupIds)
    : joinConsumers(bootstrap, groupIds, topic)
}

async function joinClassic(bootstrap: string, groupIds: readonly string[]): Promise<Member[]> {
  using connections = await open(bootstrap, groupsAtOnce * membersInGroup)
  const members: Member[] = []
  for (let at = 0; at < groupIds.length; at += groupsAtOnce) {
    const joining = groupIds.slice(at, at + groupsAtOnce).map((groupId, i) => {
      const first = i * membersInGroup
      return joinOne(connections.all.slice(first, first + membersInGroup), groupId)
    })
    members.push(...(await Promise.all(joining)).flat())
  }
  return members
}

async function joinOne(connections: readonly Connection[], groupId: string): Promise<Member[]> {
  const joins = connections.map(connection =>
    // Before v4 a member needs no second request to know its id.
    ask(connection, joinGroup, 3, {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: sessionTimeoutMs,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
    }),
  )
  const joined = await Promise.all(joins)
  const assignments = joined.map(({ memberId }) => ({ memberId, assignment }))
  await Promise.all(
    joined.map(({ memberId, generationId, leader }, i) =>
      ask(connections[i]!, syncGroup, 3, {
        groupId,
        generationId,
        memberId,
        assignments: leader === memberId ? assignments : [],
      }),
    ),
  )
  return joined.map(({ memberId, generationId }) => ({ groupId, memberId, epoch: generationId }))
}

async function joinConsumers(
  bootstrap: string,
  groupIds: readonly string[],
  topic: string,
): Promise<Member[]> {
  const members = groupIds.flatMap(groupId =>
    Array.from({ length: membersInGroup }, (_, i) => ({
      groupId,
      memberId: `${groupId}-member-${i}`.padEnd(36, '-'),
      epoch: 0,
    })),
  )
  using connections = await open(bootstrap, heartbeatConnections)
  await eachOn(connections.all, members, async (connection, member) => {
    const { memberEpoch } = await ask(connection, consumerGroupHeartbeat, 0, {
      groupId: member.groupId,
      memberId: member.memberId,
      memberEpoch: 0,
      rebalanceTimeoutMs: sessionTimeoutMs,
      subscribedTopicNames: [topic],
      topicPartitions: [],
    })
    member.epoch = memberEpoch
  })
  // Those who came first learn what the others have left them.
  for (let round = 0; round < 3; round++) await sendHeartbeats(bootstrap, 'consumer', members)
  return members
}

/** One heartbeat of each member; those of the newer protocol confirm what they are assigned. */
export async function sendHeartbeats(
  bootstrap: string,
  protocol: GroupProtocol,
  members: readonly Member[],
): Promise<void> {
  using connections = await open(bootstrap, heartbeatConnections)
  await eachOn(connections.all, members, async (connection, member) => {
    const { groupId, memberId, epoch } = member
    if (protocol === 'classic') {
      await ask(connection, heartbeat, 3, { groupId, memberId, generationId: epoch })
      return
    }
    const answer = await ask(connection, consumerGroupHeartbeat, 0, {
      groupId,
      memberId,
      memberEpoch: epoch,
    })
    member.epoch = answer.memberEpoch
    if (answer.assignment === null) return
    const confirmed = await ask(connection, consumerGroupHeartbeat, 0, {
      groupId,
      memberId,
      memberEpoch: member.epoch,
      topicPartitions: answer.assignment.topicPartitions,
    })
    member.epoch = confirmed.memberEpoch
  })
}

/** The work of each item on one of the connections, a hundred at a time on each. */
async function eachOn<Item>(
  connections: readonly Connection[],
  items: readonly Item[],
  work: (connection: Connection, item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const worker = async (connection: Connection): Promise<void> => {
    for (const item of rest) await work(connection, item)
  }
  const workers = connections.flatMap(connection =>
    Array.from({ length: pipelined }, () => worker(connection)),
  )
  await Promise.all(workers)
}

async function ask<In, Out extends { errorCode: number }, OutIn>(
  connection: Connection,
  api: Api<unknown, In, Out, OutIn>,
  version: number,
  body: In,
): Promise<Out> {
  const outcome = await connection.ask(api as Api, version, encodeRequest(api, version, body))
  if (typeof outcome === 'string') throw new Error(`${api.name}: ${outcome}`)
  const answer = outcome.answer as Out
  if (answer.errorCode !== 0) throw new Error(`${api.name}: error ${answer.errorCode}`)
  return answer
}

async function open(
  bootstrap: string,
  count: number,
): Promise<Disposable & { all: readonly Connection[] }> {
  const all = await Promise.all(Array.from({ length: count }, () => Connection.open(bootstrap)))
  return {
    all,
    [Symbol.dispose]() {
      for (const connection of all) connection[Symbol.dispose]()
    },
  }
}
