import { describe, expect, it } from 'vitest'
import { describe as describeGroup } from '../../../src/groups/classic/describe.ts'
import { GroupDriver } from './driver.ts'

describe('DescribeGroups', () => {
  it('a Stable group has its protocol, metadata and assignments', () => {
    const group = new GroupDriver()
    group.stable({ groupInstanceId: 'a' })
    expect(describeGroup(group.group)).toEqual({
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [
        {
          memberId: 'a-1',
          groupInstanceId: 'a',
          clientId: 'client',
          clientHost: '/127.0.0.1',
          memberMetadata: Buffer.from('range metadata'),
          memberAssignment: Buffer.from('a-1'),
        },
      ],
    })
  })

  it('a group that rebalances has members without metadata, and no protocol', () => {
    const group = new GroupDriver()
    group.stable({})
    group.join()
    const { groupState, protocolData, members } = describeGroup(group.group)
    expect([groupState, protocolData]).toEqual(['PreparingRebalance', ''])
    expect(members.map(member => member.memberMetadata.length)).toEqual([0, 0])
  })

  it('an empty group keeps its type', () => {
    const group = new GroupDriver()
    group.leave(...group.stable({}))
    expect(describeGroup(group.group)).toEqual({
      groupState: 'Empty',
      protocolType: 'consumer',
      protocolData: '',
      members: [],
    })
  })
})
