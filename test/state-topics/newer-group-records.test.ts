/** The bytes are those that Apache Kafka 4.3.1 has written of the same groups and members. */
import { describe, expect, it } from 'vitest'
import { memberKey, type Change } from '../../storage/metadata-store.ts'
import type {
  ConsumerMemberRow,
  ShareMemberRow,
  StreamsMemberRow,
} from '../../storage/metadata-store.ts'
import { groupState } from '../../src/state-topics/group-records.ts'

const topicId = 'oXkRJT1wRYi_a3OjqN72ig'
const client = { clientId: 'test', clientHost: '/127.0.0.1' }
const noTasks = { active: [], standby: [], warmup: [] }

/** The values by their types. */
function written(row: Change): Record<number, string | null> {
  const records = groupState.recordsOf(row)
  for (const { owner, key } of records) {
    expect(owner).toBe('g')
    expect(key.subarray(2, 5)).toEqual(Buffer.from([0, 1, 'g'.charCodeAt(0)]))
  }
  return Object.fromEntries(
    records.map(({ key, value }) => [key.readInt16BE(0), value?.toString('base64') ?? null]),
  )
}

const ofMember = (
  memberId: string,
  value: ConsumerMemberRow | ShareMemberRow | StreamsMemberRow | null,
): Change => ({ kind: 'groupMember', key: memberKey('g', memberId), value })

describe('of a consumer group (KIP-848)', () => {
  it('the group', () => {
    const row = { type: 'consumer', epoch: 2, assignmentEpoch: 2, topicsHash: '' } as const
    const value = { ...row, assignmentTimestamp: 1_795_300_331_421 }
    expect(written({ kind: 'group', key: 'g', value })).toEqual({
      3: 'AAAAAAACAA==',
      6: 'AAAAAAACAQAIAAABogA9D50=',
    })
  })

  it('its topics change a hash, which is any that changes with them', () => {
    const row = { type: 'consumer', epoch: 2, assignmentEpoch: 2, assignmentTimestamp: 0 } as const
    const value = { ...row, topicsHash: Buffer.from('012345678901').toString('base64url') }
    expect(written({ kind: 'group', key: 'g', value })[3]).toBe('AAAAAAACAQAIAAAwMTIzNDU=')
  })

  const member: ConsumerMemberRow = {
    ...client,
    instanceId: 'i1',
    rackId: 'r',
    memberEpoch: 2,
    previousMemberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    topicNames: ['orders'],
    topicRegex: '',
    serverAssignor: 'range',
    classic: null,
    state: 'stable',
    assigned: {
      [topicId]: [
        [0, 2],
        [1, 2],
      ],
    },
    revoking: {},
    target: { [topicId]: [0, 1] },
  }

  it('a member', () => {
    expect(written(ofMember('m1', member))).toEqual({
      5: 'AAADaTECcgV0ZXN0Cy8xMjcuMC4wLjECB29yZGVycwEAAOpgBnJhbmdlAQABAA==',
      7: 'AAACoXkRJT1wRYi/a3OjqN72igMAAAAAAAAAAQAA',
      8: 'AAAAAAACAAAAAAACoXkRJT1wRYi/a3OjqN72igMAAAAAAAAAAQEACQMAAAACAAAAAgEA',
    })
  })

  it('a member of the classic protocol, which is to give something up', () => {
    const protocols = [{ name: 'range', metadata: Buffer.from('meta').toString('base64') }]
    const classic = { sessionTimeoutMs: 10_000, protocols }
    const revoking: ConsumerMemberRow['revoking'] = { [topicId]: [[1, 2]] }
    const row = { ...member, classic, state: 'unrevoked', revoking } as const
    const { 5: described, 8: current } = written(ofMember('m1', row))
    const sessionAndProtocol = Buffer.concat([
      Buffer.from([1, 0, 0, 0x27, 0x10, 2, 6]),
      Buffer.from('range'),
      Buffer.from([5]),
      Buffer.from('meta'),
    ])
    expect(Buffer.from(described!, 'base64').includes(sessionAndProtocol)).toBe(true)
    expect(Buffer.from(current!, 'base64').readInt8(10)).toBe(1)
  })
})

describe('of a share group (KIP-932)', () => {
  it('the group', () => {
    const row = { type: 'share', epoch: 3, assignmentEpoch: 3, topicsHash: '' } as const
    const value = { ...row, assignmentTimestamp: 1_795_300_334_286 }
    expect(written({ kind: 'group', key: 'g', value })).toEqual({
      11: 'AAAAAAADAAAAAAAAAAAA',
      12: 'AAAAAAADAQAIAAABogA9Gs4=',
    })
  })

  it('a member', () => {
    const row: ShareMemberRow = {
      ...client,
      instanceId: null,
      rackId: null,
      memberEpoch: 3,
      previousMemberEpoch: 2,
      topicNames: ['orders'],
      assigned: { [topicId]: [0, 1] },
      target: { [topicId]: [0, 1] },
    }
    expect(written(ofMember('m2', row))).toEqual({
      10: 'AAAABXRlc3QLLzEyNy4wLjAuMQIHb3JkZXJzAA==',
      13: 'AAACoXkRJT1wRYi/a3OjqN72igMAAAAAAAAAAQAA',
      14: 'AAAAAAADAAAAAgACoXkRJT1wRYi/a3OjqN72igMAAAAAAAAAAQAA',
    })
  })
})

describe('of a streams group (KIP-1071)', () => {
  it('the group and its topology', () => {
    const store = { name: 'store', partitions: 0, replicationFactor: 1 }
    const topicConfigs = [{ key: 'cleanup.policy', value: 'compact' }]
    const subtopology = {
      subtopologyId: '0',
      sourceTopics: ['orders3'],
      sourceTopicRegex: [],
      stateChangelogTopics: [{ ...store, topicConfigs }],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    }
    const value = {
      type: 'streams',
      epoch: 2,
      assignmentEpoch: 2,
      assignmentTimestamp: 1_795_300_393_904,
      topology: { epoch: 0, subtopologies: [subtopology] },
      validatedTopologyEpoch: -1,
      topicsHash: '',
      standbyReplicas: 0,
    } as const
    expect(written({ kind: 'group', key: 'g', value: structuredClone(value) as never })).toEqual({
      17: 'AAAAAAACAAAAAAAAAAABARkCFW51bS5zdGFuZGJ5LnJlcGxpY2FzAjAA',
      20: 'AAAAAAACAQAIAAABogA+A7A=',
      23: 'AAAAAAAAAgIwAghvcmRlcnMzAQIGc3RvcmUAAAAAAAECD2NsZWFudXAucG9saWN5CGNvbXBhY3QAAAEBAQAA',
    })
  })

  const member: StreamsMemberRow = {
    ...client,
    instanceId: null,
    rackId: 'r',
    memberEpoch: 2,
    previousMemberEpoch: 0,
    state: 'stable',
    rebalanceTimeoutMs: 30_000,
    topologyEpoch: 0,
    processId: '33ac5a73-f3ba-48a4-8828-43ae7ed53e0b',
    userEndpoint: { host: 'h', port: 9 },
    clientTags: { zone: 'a' },
    assigned: {
      ...noTasks,
      active: [{ subtopologyId: '0', partitions: [0, 1], epochs: [2, 2] }],
    },
    revoking: noTasks,
    target: { ...noTasks, active: [{ subtopologyId: '0', partitions: [0, 1] }] },
  }

  it('a member', () => {
    expect(written(ofMember('m3', member))).toEqual({
      19: [
        'AAAAAnIFdGVzdAsvMTI3LjAuMC4xAAB1MAAAAAAlMzNhYzVhNzMtZjNiYS00OGE0LTg4MjgtNDNhZTdlZDUzZTBi',
        'AQJoAAkAAgV6b25lAmEAAA==',
      ].join(''),
      21: 'AAACAjADAAAAAAAAAAEAAQEA',
      22: 'AAAAAAACAAAAAAECAjADAAAAAAAAAAEBAAkDAAAAAgAAAAIBAQEBAQA=',
    })
  })

  it('since when it has a task is told of active ones only', () => {
    const held = [{ subtopologyId: '0', partitions: [0], epochs: [2] }]
    const { 22: current } = written(
      ofMember('m3', { ...member, assigned: { active: [], standby: held, warmup: held } }),
    )
    expect(current).toBe('AAAAAAACAAAAAAEBAgIwAgAAAAAAAgIwAgAAAAAAAQEBAA==')
  })
})

it('what is gone may have been of any type', () => {
  const kinds = (row: Change) => Object.entries(written(row)).filter(([, value]) => value === null)
  const group = kinds({ kind: 'group', key: 'g', value: null }).map(([type]) => Number(type))
  expect(group).toEqual([2, 3, 6, 11, 12, 17, 20, 23])
  const member = kinds(ofMember('m', null)).map(([type]) => Number(type))
  expect(member).toEqual([5, 7, 8, 10, 13, 14, 19, 21, 22])
})
