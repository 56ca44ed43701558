/** The bytes are those that Apache Kafka 4.3.1 has written for its console consumer. */
import { describe, expect, it } from 'vitest'
import {
  decodeGroupRecord,
  encodeGroupRecord,
  type GroupRecord,
} from '../../protocol/group-records.ts'

const member = {
  memberId: 'console-consumer-e5f3dd84-5ea9-44c3-a953-a09e20e39c69',
  groupInstanceId: null,
  clientId: 'console-consumer',
  clientHost: '/127.0.0.1',
  rebalanceTimeout: 300_000,
  sessionTimeout: 45_000,
  subscription: Buffer.from('AAMAAAABAAJ0Mf////8AAAAA////////', 'base64'),
  assignment: Buffer.from('AAMAAAABAAJ0MQAAAAIAAAAAAAAAAf////8=', 'base64'),
}
const commit = {
  offset: 3,
  leaderEpoch: 0,
  metadata: '',
  commitTimestamp: 1_795_285_947_756,
  expireTimestamp: -1,
  topicId: 'SqobKBuCQBq1dlNguhowyQ',
}

const written: Record<string, [GroupRecord, key: string, value: string | null]> = {
  'an offset': [
    { kind: 'offset', group: 'g1', topic: 't1', partition: 1, value: commit },
    'AAEAAmcxAAJ0MQAAAAE=',
    'AAQAAAAAAAAAAwAAAAABAAABof9hlWwBABBKqhsoG4JAGrV2U2C6GjDJ',
  ],
  'a generation': [
    {
      kind: 'group',
      group: 'g1',
      value: {
        protocolType: 'consumer',
        generation: 1,
        protocol: 'range',
        leader: member.memberId,
        currentStateTimestamp: 1_795_285_947_466,
        members: [member],
      },
    },
    'AAIAAmcx',
    [
      'AAMACGNvbnN1bWVyAAAAAQAFcmFuZ2UANWNvbnNvbGUtY29uc3VtZXItZTVmM2RkODQtNWVhOS00NGMzLWE5NTMt',
      'YTA5ZTIwZTM5YzY5AAABof9hlEoAAAABADVjb25zb2xlLWNvbnN1bWVyLWU1ZjNkZDg0LTVlYTktNDRjMy1hOTUz',
      'LWEwOWUyMGUzOWM2Of//ABBjb25zb2xlLWNvbnN1bWVyAAovMTI3LjAuMC4xAAST4AAAr8gAAAAYAAMAAAABAAJ0',
      'Mf////8AAAAA////////AAAAGgADAAAAAQACdDEAAAACAAAAAAAAAAH/////',
    ].join(''),
  ],
  'an empty group': [
    {
      kind: 'group',
      group: 'g1',
      value: {
        protocolType: 'consumer',
        generation: 2,
        protocol: null,
        leader: null,
        currentStateTimestamp: 1_795_285_947_786,
        members: [],
      },
    },
    'AAIAAmcx',
    'AAMACGNvbnN1bWVyAAAAAv////8AAAGh/2GVigAAAAA=',
  ],
  'an offset that is deleted': [
    { kind: 'offset', group: 'g1', topic: 't1', partition: 1, value: null },
    'AAEAAmcxAAJ0MQAAAAE=',
    null,
  ],
  'a group that is deleted': [{ kind: 'group', group: 'g1', value: null }, 'AAIAAmcx', null],
}

describe.each(Object.entries(written))('the record of %s', (_, [record, key, value]) => {
  it('has the bytes of Kafka', () => {
    const encoded = encodeGroupRecord(record)
    expect(encoded.key.toString('base64')).toBe(key)
    expect(encoded.value?.toString('base64') ?? null).toBe(value)
  })

  it('is read', () => {
    const bytes = value === null ? null : Buffer.from(value, 'base64')
    expect(decodeGroupRecord(Buffer.from(key, 'base64'), bytes)).toEqual(record)
  })
})

it('gives an offset that expires the version that can say so', () => {
  const expiring = { ...commit, leaderEpoch: -1, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }
  const value = { ...expiring, expireTimestamp: 1_795_286_000_000 }
  const record = { kind: 'offset', group: 'g1', topic: 't1', partition: 1, value } as const
  const encoded = encodeGroupRecord(record)
  expect(encoded.value!.readInt16BE(0)).toBe(1)
  expect(decodeGroupRecord(encoded.key, encoded.value)).toEqual(record)
})
