import { describe, expect, it } from 'vitest'
import { ClassicGroup } from '../../src/groups/classic/classic-group.ts'
import { list } from '../../src/groups/list.ts'
import { GroupDriver } from './classic/driver.ts'

describe('ListGroups', () => {
  const stable = new GroupDriver({}, new ClassicGroup('stable', 0))
  stable.stable({})
  const groups = [stable.group, new ClassicGroup('simple', 0)]

  it('all, with type and state', () => {
    expect(list(groups, { states: [], types: [] })).toEqual([
      {
        groupId: 'stable',
        protocolType: 'consumer',
        groupState: 'Stable',
        groupType: 'classic',
      },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ])
  })

  it.each([
    [['Stable'], [], ['stable']],
    [['STABLE', ' empty '], [], ['stable', 'simple']],
    [['Dead'], [], []],
    [[], ['Classic'], ['stable', 'simple']],
    [[], ['consumer'], []],
    [['empty'], ['consumer', 'classic'], ['simple']],
  ])('states %j and types %j give %j (KIP-518, KIP-848)', (states, types, ids) => {
    expect(list(groups, { states, types }).map(group => group.groupId)).toEqual(ids)
  })
})
