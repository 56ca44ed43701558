/** Groups and their offsets (Kafka: KafkaApis, GroupCoordinatorService, ClassicGroup). */
import { beforeAll, describe } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import type { Input } from '../../protocol/schema.ts'
import { differs, settle, useBroker } from '../handlers/wire.ts'
import { edited, request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'

const unknownMember = 'UNKNOWN_MEMBER_ID'
const range = { name: 'range', metadata: Buffer.from('meta') }

const joining =
  (fields: Partial<Input<typeof joinGroup.request>>, version = 5) =>
  ({ group }: Given): Buffer =>
    request(joinGroup, version, {
      groupId: group,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [range],
      ...fields,
    })

const notUtf8 = ({ group }: Given): Buffer =>
  edited(joining({ groupId: 'odd' }, 3)({ group } as Given), '0003 6f6464', '0003 fffefd')

const joins: readonly Row[] = [
  ['no name', joining({ groupId: '' }), 'INVALID_GROUP_ID'],
  ['a name that is no UTF-8', notUtf8, 'NONE'],
  ['a name of 10,000 bytes', joining({ groupId: 'x'.repeat(10_000) }), 'MEMBER_ID_REQUIRED'],
  ['the name __proto__', joining({ groupId: '__proto__' }), 'MEMBER_ID_REQUIRED'],
  ['the name constructor', joining({ groupId: 'constructor' }), 'MEMBER_ID_REQUIRED'],
  ['the session timeout 5,999', joining({ sessionTimeoutMs: 5999 }), 'INVALID_SESSION_TIMEOUT'],
  [
    'the session timeout 1,800,001',
    joining({ sessionTimeoutMs: 1_800_001 }),
    'INVALID_SESSION_TIMEOUT',
  ],
  ['the session timeout 0', joining({ sessionTimeoutMs: 0 }), 'INVALID_SESSION_TIMEOUT'],
  ['the session timeout -1', joining({ sessionTimeoutMs: -1 }), 'INVALID_SESSION_TIMEOUT'],
  [
    'the session timeout -2^31',
    joining({ sessionTimeoutMs: -(2 ** 31) }),
    'INVALID_SESSION_TIMEOUT',
  ],
  ['the rebalance timeout -1', joining({ rebalanceTimeoutMs: -1 }), 'MEMBER_ID_REQUIRED'],
  ['no protocol', joining({ protocols: [] }), 'INCONSISTENT_GROUP_PROTOCOL'],
  ['no type of protocol', joining({ protocolType: '' }), 'INCONSISTENT_GROUP_PROTOCOL'],
  ['neither', joining({ protocolType: '', protocols: [] }), 'INCONSISTENT_GROUP_PROTOCOL'],
  [
    'a protocol without a name',
    joining({ protocols: [{ ...range, name: '' }] }),
    'MEMBER_ID_REQUIRED',
  ],
  ['a protocol twice', joining({ protocols: [range, range] }), 'MEMBER_ID_REQUIRED'],
  ['a member that nobody knows', joining({ memberId: 'nobody' }), unknownMember],
  ['the member __proto__', joining({ memberId: '__proto__' }), unknownMember],
  [
    'a static member that nobody knows',
    joining({ memberId: 'nobody', groupInstanceId: 'i' }),
    unknownMember,
  ],
  ['an empty instance id', joining({ groupInstanceId: '' }), 'NONE'],
  ['an instance id with a slash', joining({ groupInstanceId: 'a/b' }), 'NONE'],
  ['an instance id of 250 characters', joining({ groupInstanceId: 'x'.repeat(250) }), 'NONE'],
  ['the instance id ..', joining({ groupInstanceId: '..' }), 'NONE'],
  ['the instance id __proto__', joining({ groupInstanceId: '__proto__' }), 'NONE'],
]

const member = { generationId: 1, memberId: 'nobody' }

const others: readonly Row[] = [
  [
    'Heartbeat without a group',
    () => request(heartbeat, 3, { ...member, groupId: '' }),
    'INVALID_GROUP_ID',
  ],
  [
    'Heartbeat of a group that is not there',
    ({ group }) => request(heartbeat, 3, { ...member, groupId: group }),
    unknownMember,
  ],
  [
    'Heartbeat of generation -1',
    ({ group }) => request(heartbeat, 3, { groupId: group, memberId: '', generationId: -1 }),
    unknownMember,
  ],
  [
    'Heartbeat of an instance that nobody knows',
    ({ group }) => request(heartbeat, 3, { ...member, groupId: group, groupInstanceId: 'i' }),
    unknownMember,
  ],
  [
    'SyncGroup without a group',
    () => request(syncGroup, 4, { ...member, groupId: '', assignments: [] }),
    'INVALID_GROUP_ID',
  ],
  [
    'SyncGroup of a group that is not there',
    ({ group }) => request(syncGroup, 4, { ...member, groupId: group, assignments: [] }),
    unknownMember,
  ],
  [
    'SyncGroup v5 without a protocol',
    ({ group }) => request(syncGroup, 5, { ...member, groupId: group, assignments: [] }),
    'INCONSISTENT_GROUP_PROTOCOL',
  ],
  [
    'SyncGroup that assigns to strangers',
    ({ group }) =>
      request(syncGroup, 4, {
        ...member,
        groupId: group,
        assignments: [{ memberId: 'x', assignment: Buffer.alloc(1000) }],
      }),
    unknownMember,
  ],
  [
    'LeaveGroup without a group',
    () => request(leaveGroup, 2, { groupId: '', memberId: 'x' }),
    'INVALID_GROUP_ID',
  ],
  [
    'LeaveGroup of a group that is not there',
    ({ group }) => request(leaveGroup, 2, { groupId: group, memberId: 'x' }),
    unknownMember,
  ],
  [
    'LeaveGroup v3 by nobody',
    ({ group }) => request(leaveGroup, 3, { groupId: group, members: [] }),
    'NONE',
  ],
  [
    'LeaveGroup v3 by two who are not there',
    ({ group }) =>
      request(leaveGroup, 3, { groupId: group, members: [{ memberId: 'x' }, { memberId: 'x' }] }),
    'UNKNOWN_MEMBER_ID, UNKNOWN_MEMBER_ID',
  ],
  [
    'LeaveGroup v3 by an instance that is not there',
    ({ group }) =>
      request(leaveGroup, 3, { groupId: group, members: [{ memberId: '', groupInstanceId: 'i' }] }),
    'UNKNOWN_MEMBER_ID',
  ],
  ['DescribeGroups without a name', () => request(describeGroups, 5, { groups: [''] }), 'NONE'],
  [
    'DescribeGroups v6 of what is not there',
    ({ group }) => request(describeGroups, 6, { groups: [group] }),
    'GROUP_ID_NOT_FOUND',
  ],
  [
    'DescribeGroups of one twice',
    ({ group }) => request(describeGroups, 5, { groups: [group, group] }),
    'NONE',
  ],
  [
    'DescribeGroups of __proto__x',
    () => request(describeGroups, 5, { groups: ['__proto__x'] }),
    'NONE',
  ],
  [
    'ListGroups of a state that there is not',
    () => request(listGroups, 4, { statesFilter: ['Bogus'] }),
    'NONE',
  ],
  [
    'ListGroups of a type that there is not',
    () => request(listGroups, 5, { statesFilter: [], typesFilter: ['bogus'] }),
    'NONE',
  ],
  [
    'FindCoordinator of no name',
    () => request(findCoordinator, 3, { key: '', keyType: 0 }),
    'NONE',
  ],
  [
    'FindCoordinator of no names',
    () => request(findCoordinator, 4, { keyType: 0, coordinatorKeys: [] }),
    'NONE',
  ],
  [
    'FindCoordinator of an empty name among others',
    () => request(findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g', ''] }),
    'NONE',
  ],
  [
    'FindCoordinator of a name twice',
    () => request(findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g', 'g'] }),
    'NONE',
  ],
  [
    'FindCoordinator of type 9',
    () => request(findCoordinator, 3, { key: 'g', keyType: 9 }),
    'INVALID_REQUEST',
  ],
  [
    'FindCoordinator of type -1',
    () => request(findCoordinator, 3, { key: 'g', keyType: -1 }),
    'INVALID_REQUEST',
  ],
]

interface Commit {
  version?: number
  name?: string
  partitionIndex?: number
  committedOffset?: number
  committedLeaderEpoch?: number
  committedMetadata?: string | null
}

type CommitRequest = Partial<Input<typeof offsetCommit.request>>

const committing =
  ({ version = 8, name, ...partition }: Commit, fields: CommitRequest = {}) =>
  ({ topic, group }: Given): Buffer => {
    const one = { partitionIndex: 0, committedOffset: 5, committedMetadata: '', ...partition }
    return request(offsetCommit, version, {
      groupId: group,
      memberId: '',
      topics: [{ name: name ?? topic.name, topicId: topic.id, partitions: [one] }],
      ...fields,
    })
  }

const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'

const commits: readonly Row[] = [
  ['without a group', committing({}, { groupId: '' }), 'NONE'],
  ['of the group __proto__', committing({}, { groupId: '__proto__' }), 'NONE'],
  ['of metadata of 4,096 characters', committing({ committedMetadata: 'x'.repeat(4096) }), 'NONE'],
  [
    'of metadata of 4,097 characters',
    committing({ committedMetadata: 'x'.repeat(4097) }),
    'OFFSET_METADATA_TOO_LARGE',
  ],
  [
    'of metadata of 4,096 bytes in 2,048 characters',
    committing({ committedMetadata: 'ä'.repeat(2048) }),
    'NONE',
  ],
  [
    'of metadata of 8,192 bytes in 4,096 characters',
    committing({ committedMetadata: 'ä'.repeat(4096) }),
    'NONE',
  ],
  ['of metadata of null', committing({ committedMetadata: null }), 'NONE'],
  ['of offset -1', committing({ committedOffset: -1 }), 'NONE'],
  ['of offset -2', committing({ committedOffset: -2 }), 'NONE'],
  ['of offset 2^53-1', committing({ committedOffset: 2 ** 53 - 1 }), 'NONE'],
  // No log gets there; numbers end at 2^53 here.
  [
    'of offset 2^63-1',
    committing({ committedOffset: Infinity }),
    differs({ here: 'INVALID_COMMIT_OFFSET_SIZE', kafka: 'NONE' }),
  ],
  ['of leader epoch -2', committing({ committedLeaderEpoch: -2 }), 'NONE'],
  ['of partition -1', committing({ partitionIndex: -1 }), unknown],
  ['of partition 2^31-1', committing({ partitionIndex: 2 ** 31 - 1 }), unknown],
  ['of the topic ""', committing({ name: '' }), unknown],
  ['of the topic a/b', committing({ name: 'a/b' }), unknown],
  ['of the topic __proto__x', committing({ name: '__proto__x' }), unknown],
  ['of no topics', committing({}, { topics: [] }), 'NONE'],
  ['of no topics, without a group', committing({}, { topics: [], groupId: '' }), 'NONE'],
  [
    'of generation 5 of a group that is not there',
    committing({}, { generationIdOrMemberEpoch: 5, memberId: 'x' }),
    'ILLEGAL_GENERATION',
  ],
  ['of a member of a group that is not there', committing({}, { memberId: 'x' }), 'NONE'],
  ['of an instance of a group that is not there', committing({}, { groupInstanceId: 'i' }), 'NONE'],
  ['of generation -2', committing({}, { generationIdOrMemberEpoch: -2 }), 'NONE'],
  [
    'v10 of an id that no topic has',
    committing(
      { version: 10 },
      {
        topics: [
          {
            topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
            partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
          },
        ],
      },
    ),
    'UNKNOWN_TOPIC_ID',
  ],
  [
    'v10 of the id 0',
    committing(
      { version: 10 },
      {
        topics: [
          {
            topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
            partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
          },
        ],
      },
    ),
    'UNKNOWN_TOPIC_ID',
  ],
  [
    'of a partition twice',
    ({ topic, group }) => {
      const one = { partitionIndex: 0, committedOffset: 5, committedMetadata: '' }
      return request(offsetCommit, 8, {
        groupId: group,
        memberId: '',
        topics: [{ name: topic.name, partitions: [one, one] }],
      })
    },
    'NONE',
  ],
]

type Wanted = NonNullable<Input<typeof offsetFetch.request>['groups']>[number]

const fetching =
  (groups: (given: Given) => Wanted[], version = 8) =>
  (given: Given): Buffer =>
    request(offsetFetch, version, { groups: groups(given), requireStable: false })

const fetches: readonly Row[] = [
  ['without a group', fetching(() => [{ groupId: '', topics: null }]), 'NONE'],
  ['of no groups', fetching(() => []), 'NONE'],
  [
    'of a group twice',
    fetching(({ group }) => [
      { groupId: group, topics: null },
      { groupId: group, topics: null },
    ]),
    'NONE',
  ],
  [
    'of a topic that is not there',
    fetching(({ group }) => [{ groupId: group, topics: [{ name: 'odd', partitionIndexes: [0] }] }]),
    'NONE',
  ],
  [
    'of partition -1',
    fetching(({ group, topic }) => [
      { groupId: group, topics: [{ name: topic.name, partitionIndexes: [-1] }] },
    ]),
    'NONE',
  ],
  [
    'of a partition twice',
    fetching(({ group, topic }) => [
      { groupId: group, topics: [{ name: topic.name, partitionIndexes: [0, 0] }] },
    ]),
    'NONE',
  ],
  [
    'of the topic __proto__x',
    fetching(({ group }) => [
      { groupId: group, topics: [{ name: '__proto__x', partitionIndexes: [0] }] },
    ]),
    'NONE',
  ],
  [
    'v10 of an id that no topic has',
    fetching(
      ({ group }) => [
        { groupId: group, topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitionIndexes: [0] }] },
      ],
      10,
    ),
    'UNKNOWN_TOPIC_ID',
  ],
  [
    'v9 by a member that is not there',
    fetching(({ group }) => [{ groupId: group, memberId: 'x', memberEpoch: 3, topics: null }], 9),
    'NONE',
  ],
  [
    'v9 of a member of epoch -2',
    fetching(({ group }) => [{ groupId: group, memberEpoch: -2, topics: null }], 9),
    'NONE',
  ],
  [
    'v7 without a group',
    () => request(offsetFetch, 7, { groupId: '', topics: null, groups: [], requireStable: true }),
    'NONE',
  ],
]

const wire = useBroker()
// Apache Kafka's coordinators begin when they are first asked for.
beforeAll(() =>
  settle(async () => {
    const body = { ...member, groupId: 'first' }
    await wire.client.request(findCoordinator, 3, { key: 'first', keyType: 0 })
    return (await wire.client.request(heartbeat, 3, body)).errorCode === 25
  }),
)

describe('JoinGroup with', () => hostile(joins))
describe('requests about groups:', () => hostile(others))
describe('OffsetCommit', () => hostile(commits))
describe('OffsetFetch', () => hostile(fetches))
