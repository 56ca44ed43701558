import { countOf, give, type Assignor, type AssignorMember, type Draft } from './assignor.ts'

interface Share {
  readonly memberId: string
  /** What it keeps. */
  readonly draft: Draft
  /** How many more it is to get. */
  missing: number
}

/**
 * All members subscribe to the same topics: each gets the same number of partitions, and the rest
 * goes one by one to members that have more than that already, or else to the last ones. Members
 * keep what they have up to their number. (Kafka: UniformHomogeneousAssignmentBuilder)
 */
export const assignEvenly: Assignor = (members, partitionCounts) => {
  const topicIds = members[0]!.topicIds
  const total = [...topicIds].reduce((sum, topicId) => sum + partitionCounts.get(topicId)!, 0)
  const least = Math.floor(total / members.length)
  const larger = withLargerShare(members, topicIds, least, total % members.length)
  const shares = members.map(member => {
    return keep(member, topicIds, least + (larger.has(member) ? 1 : 0))
  })
  const unassigned = unassignedOf(topicIds, partitionCounts, shares)
  for (const share of shares) {
    for (; share.missing > 0; share.missing--) {
      const [topicId, partition] = unassigned.next().value!
      give(share.draft, topicId, partition)
    }
  }
  return new Map(shares.map(({ memberId, draft }) => [memberId, draft]))
}

/** Those that have too many anyway keep one more, and are the ones with the least to move. */
function withLargerShare(
  members: readonly AssignorMember[],
  topicIds: ReadonlySet<string>,
  least: number,
  count: number,
): Set<AssignorMember> {
  const hasMore = ({ target }: AssignorMember): boolean => ownedOf(target, topicIds) > least
  const larger = new Set(members.filter(hasMore).slice(0, count))
  for (const member of members.toReversed()) {
    if (larger.size === count) break
    larger.add(member)
  }
  return larger
}

function ownedOf(target: AssignorMember['target'], topicIds: ReadonlySet<string>): number {
  return countOf(new Map([...target].filter(([topicId]) => topicIds.has(topicId))))
}

function keep({ memberId, target }: AssignorMember, topicIds: ReadonlySet<string>, share: number) {
  const draft: Draft = new Map()
  let missing = share
  for (const [topicId, partitions] of target) {
    if (!topicIds.has(topicId) || missing === 0) continue
    const kept = partitions.size <= missing ? partitions : [...partitions].slice(0, missing)
    draft.set(topicId, new Set(kept))
    missing -= draft.get(topicId)!.size
  }
  return { memberId, draft, missing } satisfies Share
}

/** The partitions that nobody keeps. */
function* unassignedOf(
  topicIds: ReadonlySet<string>,
  partitionCounts: ReadonlyMap<string, number>,
  shares: readonly Share[],
): Generator<[topicId: string, partition: number], undefined> {
  for (const topicId of topicIds) {
    const kept = new Set<number>()
    for (const { draft } of shares) {
      for (const partition of draft.get(topicId) ?? []) kept.add(partition)
    }
    for (let partition = 0; partition < partitionCounts.get(topicId)!; partition++) {
      if (!kept.has(partition)) yield [topicId, partition]
    }
  }
}
