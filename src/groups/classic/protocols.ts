import type { Member, MemberProtocol } from './member.ts'

/** Names of the protocols that every one of the members can use. */
export function commonProtocols(members: readonly Member[]): Set<string> {
  const supporters = new Map<string, number>()
  for (const { protocols } of members) {
    for (const name of new Set(protocols.map(protocol => protocol.name))) {
      supporters.set(name, (supporters.get(name) ?? 0) + 1)
    }
  }
  const common = [...supporters].filter(([, count]) => count === members.length)
  return new Set(common.map(([name]) => name))
}

/**
 * The protocol of the next generation: each member votes for the first one in its list that all
 * can use; the most votes win. Undefined only without members. (Kafka: ClassicGroup.selectProtocol)
 */
export function selectProtocol(members: readonly Member[]): string | undefined {
  const candidates = commonProtocols(members)
  const votes = new Map<string, number>()
  for (const { protocols } of members) {
    const vote = protocols.find(protocol => candidates.has(protocol.name))
    if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  let winner: string | undefined
  let most = 0
  for (const [name, count] of votes) {
    if (count > most) {
      winner = name
      most = count
    }
  }
  return winner
}

/** Same names, same order, same bytes: then joining again changes nothing. */
export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, i) => name === b[i]!.name && metadata.equals(b[i]!.metadata))
  )
}
