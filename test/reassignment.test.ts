/** Kafka: PartitionReassignmentReplicasTest, ReplicationControlManagerTest. */
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../protocol/errors.ts'
import {
  cancelReassignment,
  completeReassignment,
  reassign,
  targetReplicas,
} from '../src/reassignment.ts'
import { leaderEpochOf, newPartitionRow } from '../src/replicas.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'

const nodes = [1, 2, 3, 4]
const endOffset = 10

/** The row in few words. */
function summary(row: PartitionRow): string {
  const [replicas, isr, adding, removing] = [row.replicas, row.isr, row.adding, row.removing].map(
    String,
  )
  return (
    `${replicas} isr ${isr} adding ${adding} removing ${removing}` +
    ` led by ${row.leader} in ${leaderEpochOf(row)}`
  )
}

const begun = (replicas: number[], ...targets: number[][]): PartitionRow =>
  targets.reduce((row, target) => reassign(row, target, endOffset), newPartitionRow(replicas))

describe('a reassignment', () => {
  it.each<[string, number[], number[][], string]>([
    ['adds', [1, 2], [[1, 2, 3]], '1,2,3 isr 1,2 adding 3 removing  led by 1 in 0'],
    ['moves', [1, 2], [[3, 4]], '3,4,1,2 isr 1,2 adding 3,4 removing 1,2 led by 1 in 0'],
    ['replaces one', [1, 2], [[3, 2]], '3,2,1 isr 1,2 adding 3 removing 1 led by 1 in 0'],
    ['is turned elsewhere', [1], [[2], [3]], '3,1,2 isr 1 adding 3 removing 1,2 led by 1 in 0'],
    ['is turned to more', [1], [[2], [2, 3]], '2,3,1 isr 1 adding 2,3 removing 1 led by 1 in 0'],
    [
      'is made smaller',
      [1],
      [
        [1, 2, 3],
        [1, 3],
      ],
      '1,3,2 isr 1 adding 3 removing 2 led by 1 in 0',
    ],
  ])('that %s stays under way', (_, replicas, targets, expected) => {
    const row = begun(replicas, ...targets)
    expect(summary(row)).toBe(expected)
    expect(targetReplicas(row)).toEqual(targets.at(-1))
  })

  it.each<[string, number[], number[][], string]>([
    ['changes nothing', [1, 2], [[1, 2]], '1,2 isr 1,2 adding  removing  led by 1 in 0'],
    ['orders anew', [1, 2], [[2, 1]], '2,1 isr 1,2 adding  removing  led by 1 in 0'],
    ['removes a follower', [1, 2], [[1]], '1 isr 1 adding  removing  led by 1 in 1'],
    ['removes the leader', [1, 2], [[2]], '2 isr 2 adding  removing  led by 2 in 1'],
    [
      'is turned back',
      [1, 2],
      [
        [1, 3],
        [2, 1],
      ],
      '2,1 isr 1,2 adding  removing  led by 1 in 1',
    ],
  ])('that %s is complete at once', (_, replicas, targets, expected) => {
    expect(summary(begun(replicas, ...targets))).toBe(expected)
  })

  it.each<[string, number[], number[], string]>([
    ['more replicas', [1, 2], [3, 1, 2], '3,1,2 isr 1,2,3 adding  removing  led by 1 in 0'],
    ['other replicas', [1, 2], [4, 3], '4,3 isr 3,4 adding  removing  led by 4 in 1'],
    ['another follower', [1, 2], [1, 3], '1,3 isr 1,3 adding  removing  led by 1 in 1'],
  ])('completes with %s in sync', (_, replicas, target, expected) => {
    const row = completeReassignment(begun(replicas, target), nodes, endOffset)
    expect(summary(row)).toBe(expected)
    expect(completeReassignment(row, nodes, endOffset)).toBe(row)
  })

  it('begins a new epoch where the log ends', () => {
    const row = completeReassignment(begun([1], [2]), nodes, endOffset)
    expect(row.epochs).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 1, startOffset: endOffset },
    ])
  })

  it('waits for nodes that do not run', () => {
    const row = begun([1], [2])
    expect(completeReassignment(row, [1], endOffset)).toBe(row)
  })

  it('is cancelled in a new epoch, with the replicas of before', () => {
    expect(summary(cancelReassignment(begun([1, 2], [3, 2]), endOffset))).toBe(
      '2,1 isr 1,2 adding  removing  led by 1 in 1',
    )
    expect(() => cancelReassignment(newPartitionRow([1]), endOffset)).toThrow(KafkaError)
  })
})
