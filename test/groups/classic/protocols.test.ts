import { describe, expect, it } from 'vitest'
import { createMember, type Member } from '../../../src/groups/classic/member.ts'
import {
  commonProtocols,
  sameProtocols,
  selectProtocol,
} from '../../../src/groups/classic/protocols.ts'
import { protocols } from './driver.ts'

function members(...preferences: string[][]): Member[] {
  return preferences.map((names, i) =>
    createMember({
      memberId: `m${i}`,
      instanceId: null,
      clientId: '',
      clientHost: '',
      sessionTimeoutMs: 1,
      rebalanceTimeoutMs: 1,
      protocols: protocols(...names),
    }),
  )
}

describe('protocol selection (Kafka: ClassicGroupTest.testSelectProtocol)', () => {
  it.each<[string, string[][], string | undefined]>([
    ['nobody votes', [], undefined],
    ['one member gets its first choice', [['range', 'roundrobin']], 'range'],
    [
      'what not all support is no candidate',
      [
        ['range', 'roundrobin'],
        ['roundrobin', 'foo'],
      ],
      'roundrobin',
    ],
    [
      'the most votes win',
      [
        ['range', 'roundrobin'],
        ['roundrobin', 'range'],
        ['roundrobin', 'range'],
      ],
      'roundrobin',
    ],
    ['a name that a member says twice counts once', [['foo', 'foo', 'bar'], ['bar']], 'bar'],
  ])('%s', (_, preferences, selected) => {
    expect(selectProtocol(members(...preferences))).toBe(selected)
  })

  it('finds what all have in common', () => {
    const common = commonProtocols(members(['a', 'b', 'c'], ['c', 'b'], ['b', 'd', 'c']))
    expect([...common].toSorted()).toEqual(['b', 'c'])
  })
})

describe('unchanged protocols (Kafka: ClassicGroupMember.matches)', () => {
  it.each([
    ['same', protocols('a', 'b'), true],
    ['other order', protocols('b', 'a'), false],
    ['fewer', protocols('a'), false],
    ['more', protocols('a', 'b', 'c'), false],
    ['other bytes', [{ name: 'a', metadata: Buffer.from('x') }, ...protocols('b')], false],
  ])('%s', (_, other, same) => {
    expect(sameProtocols(protocols('a', 'b'), other)).toBe(same)
  })
})
