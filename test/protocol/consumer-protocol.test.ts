import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
} from '../../protocol/consumer-protocol.ts'
import { WireError } from '../../protocol/wire.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('a subscription', () => {
  it('of v0 has topics and user data', () => {
    expect(decodeSubscription(hex('0000 00000001 0003 666f6f 00000002 beef'))).toMatchObject({
      version: 0,
      topics: ['foo'],
      userData: hex('beef'),
      ownedPartitions: [],
      generationId: -1,
      rackId: null,
    })
  })

  it('of v1 says what is owned', () => {
    const bytes = hex('0001 00000000 ffffffff 00000001 0003 666f6f 00000002 00000000 00000002')
    const { ownedPartitions } = decodeSubscription(bytes)
    expect(ownedPartitions).toEqual([{ topic: 'foo', partitions: [0, 2] }])
  })

  it('of v2 says since when, and of v3 where', () => {
    const bytes = hex('0003 00000000 ffffffff 00000000 00000007 0001 72')
    expect(decodeSubscription(bytes)).toMatchObject({ generationId: 7, rackId: 'r' })
  })

  it('of a later version is read as far as it is known', () => {
    const bytes = hex('0009 00000000 ffffffff 00000000 00000007 0001 72 00')
    expect(decodeSubscription(bytes)).toMatchObject({ version: 3, generationId: 7, rackId: 'r' })
  })

  it.each(['', '00', 'ffff 00000000', '0000 00000001'])('of the bytes "%s" is none', bytes => {
    expect(() => decodeSubscription(hex(bytes))).toThrow(WireError)
  })
})

describe('an assignment', () => {
  it('has its version in front', () => {
    const assignment = {
      assignedPartitions: [{ topic: 'foo', partitions: [1] }],
      userData: null,
    }
    const bytes = encodeAssignment(assignment, 1)
    expect(bytes).toEqual(hex('0001 00000001 0003 666f6f 00000001 00000001 ffffffff'))
    expect(decodeAssignment(bytes)).toEqual(assignment)
  })
})
