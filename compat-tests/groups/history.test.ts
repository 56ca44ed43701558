/** The judge of members' histories sees what is wrong in them. */
import { describe, expect, it } from 'vitest'
import { complaints, countDuplicates, type Event, type History, type Told } from './history.ts'

const own = (...partitions: number[]): Event => ({ kind: 'assigned', partitions })
const giveUp = (...partitions: number[]): Event => ({ kind: 'revoked', partitions })
const lose = (...partitions: number[]): Event => ({ kind: 'lost', partitions })
const receive = (offset: number, value = `v${offset}`): Event => ({
  kind: 'record',
  partition: 0,
  offset,
  value,
})
const commit = (offset: number): Event => ({ kind: 'committed', partition: 0, offset })
const fail = (text: string): Event => ({ kind: 'error', text })

/** Members' lines, a millisecond apart. Two records were sent. */
function history(
  lines: readonly [member: string, event: Event][],
  how?: Partial<History>,
): History {
  const told = lines.map(([member, event], atMs): Told => ({ atMs, member, event }))
  const sent = [0, 1].map(offset => ({ partition: 0, offset, value: `v${offset}`, atMs: 0 }))
  return { told, sent, faulted: new Set(), isShared: false, ...how }
}

const all: [string, Event][] = [
  ['a', own(0)],
  ['a', receive(0)],
  ['a', receive(1)],
  ['a', commit(2)],
]
const killed = new Set(['a'])

describe('a history without fault', () => {
  it.each<[string, History]>([
    ['one member', history(all)],
    ['handed over', history([...all.slice(0, 2), ['a', commit(1)], ...handOver(1)])],
    [
      'again, for the first who had it was killed before it committed',
      history([...all.slice(0, 3), ['a', commit(1)], ...handOver(1).slice(1)], { faulted: killed }),
    ],
    [
      'an error of one that was too slow',
      history([...all, ['a', fail('fenced')], ['a', lose(0)]], { faulted: killed }),
    ],
    [
      'released and received again by members of a share group',
      history([...all.slice(1, 3), ['b', receive(1)], ['b', commit(2)]], {
        faulted: killed,
        isShared: true,
      }),
    ],
  ])('%s', (_, judged) => {
    expect(complaints(judged)).toEqual([])
  })
})

describe('what is found', () => {
  it.each<[string, History, RegExp]>([
    ['a lost record', history(all.slice(0, 2)), /^nobody received offset 1 of partition 0$/],
    [
      'another record in its place',
      history([...all.slice(0, 2), ['a', receive(1, 'v7')]]),
      /^a received v7 for v1 at 0:1$/,
    ],
    [
      'a record twice, though the first was healthy',
      history([...all.slice(0, 3), ...handOver(1)]),
      /^0:1 was received by a at 2, b at 5 \(committed\)$/,
    ],
    [
      'a record twice, though it was committed before the kill',
      history([...all, ...handOver(1).slice(1)], { faulted: killed }),
      /^0:1 was received by a at 2 \(committed\), b at 5 \(committed\)$/,
    ],
    [
      'a partition with two owners',
      history([...all, ['b', own(0)]]),
      /^partition 0 belonged to a and b/,
    ],
    [
      'a gap',
      history([
        ['a', own(0)],
        ['a', receive(1)],
        ['a', receive(0)],
      ]),
      /^a received 0:0 where 2 comes next$/,
    ],
    ['an error of a healthy member', history([...all, ['a', fail('no')]]), /^a says: no$/],
    ['a healthy member expelled', history([...all, ['a', lose(0)]]), /^a lost 0, though/],
  ])('%s', (_, judged, complaint) => {
    expect(complaints(judged)).toEqual([expect.stringMatching(complaint)])
  })

  it('counts records that came twice', () => {
    expect(countDuplicates(history([...all, ['b', receive(1)]]))).toBe(1)
    expect(countDuplicates(history(all))).toBe(0)
  })
})

/** From a to b, who receives the rest. */
function handOver(from: number): [string, Event][] {
  const rest = [0, 1].slice(from).map((offset): [string, Event] => ['b', receive(offset)])
  return [['a', giveUp(0)], ['b', own(0)], ...rest, ['b', commit(2)]]
}
