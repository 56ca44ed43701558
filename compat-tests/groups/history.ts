/**
 * What the members of a group have told of themselves, and what must hold of it: no record is lost,
 * none comes twice but where the protocol allows it, and no partition has two owners.
 */

/** A line of a member, without its time. */
export type Event =
  | { kind: 'joining' | 'stopped' }
  | { kind: 'assigned' | 'revoked' | 'lost'; partitions: readonly number[] }
  | { kind: 'record'; partition: number; offset: number; value: string }
  /** Everything of the partition below this offset that the member has had is done with. */
  | { kind: 'committed'; partition: number; offset: number }
  | { kind: 'error'; text: string }

export interface Told {
  /** Milliseconds since the epoch, by the member's clock: all run on one machine. */
  atMs: number
  member: string
  event: Event
}

/** A record that the broker has acknowledged. */
export interface Sent {
  partition: number
  offset: number
  value: string
  /** When its producer sent it, in milliseconds since the epoch. */
  atMs: number
}

export interface History {
  /** The lines of one member are in its order. */
  told: readonly Told[]
  sent: readonly Sent[]
  /** Members that were killed, or were too slow to stay. */
  faulted: ReadonlySet<string>
  /** Members of a share group share partitions, and records come in any order. */
  isShared: boolean
}

interface Delivery {
  member: string
  atMs: number
  value: string
  isCommitted: boolean
}

/** Of each kind of complaint, how many are told. */
const maxTold = 5

/** What is wrong, in sentences; empty when all is well. */
export function complaints(history: History): string[] {
  const deliveries = deliveriesOf(history.told)
  const found = [
    lostRecords(history, deliveries),
    doubledRecords(history, deliveries),
    history.isShared ? [] : sharedPartitions(history),
    history.isShared ? [] : gaps(history),
    complaintsOfMembers(history),
  ]
  return found.flatMap(each => each.slice(0, maxTold))
}

/** How many records came more than once. */
export function countDuplicates({ told }: Pick<History, 'told'>): number {
  return [...deliveriesOf(told).values()].filter(({ length }) => length > 1).length
}

/** By partition and offset. */
function deliveriesOf(told: readonly Told[]): Map<string, Delivery[]> {
  const deliveries = new Map<string, Delivery[]>()
  /** By member and partition: what it has had and not committed, by offset. */
  const pending = new Map<string, Map<number, Delivery>>()
  const pendingOf = (member: string, partition: number): Map<number, Delivery> =>
    getOrSet(pending, `${member} ${partition}`, () => new Map<number, Delivery>())
  for (const { atMs, member, event } of told) {
    if (event.kind === 'record') {
      const { partition, offset, value } = event
      const delivery = { member, atMs, value, isCommitted: false }
      getOrSet(deliveries, `${partition}:${offset}`, () => [] as Delivery[]).push(delivery)
      pendingOf(member, partition).set(offset, delivery)
    } else if (event.kind === 'committed') {
      const had = pendingOf(member, event.partition)
      for (const [offset, delivery] of had) {
        if (offset >= event.offset) continue
        delivery.isCommitted = true
        had.delete(offset)
      }
    } else if ('partitions' in event) {
      // What a member has not committed while a partition was its own, it commits no more.
      for (const partition of event.partitions) pendingOf(member, partition).clear()
    }
  }
  return deliveries
}

function lostRecords({ sent }: History, deliveries: ReadonlyMap<string, Delivery[]>): string[] {
  return sent.flatMap(({ partition, offset, value }) => {
    const had = deliveries.get(`${partition}:${offset}`)
    if (had === undefined) return [`nobody received offset ${offset} of partition ${partition}`]
    const other = had.find(delivery => delivery.value !== value)
    if (other === undefined) return []
    return [`${other.member} received ${other.value} for ${value} at ${partition}:${offset}`]
  })
}

/**
 * All but one delivery of a record are by members that failed before they committed it. In a share
 * group, one that comes back may believe that it did: Kafka passes over acknowledgements of what
 * others have acknowledged meanwhile, without an error, if that is all below the start offset
 * (SharePartition.acknowledge).
 */
function doubledRecords(
  { faulted, isShared }: History,
  deliveries: ReadonlyMap<string, Delivery[]>,
): string[] {
  return [...deliveries].flatMap(([place, had]) => {
    const final = had.filter(
      ({ member, isCommitted }) => !faulted.has(member) || (isCommitted && !isShared),
    )
    if (final.length <= 1) return []
    const who = had.map(
      ({ member, atMs, isCommitted }) => `${member} at ${atMs}${isCommitted ? ' (committed)' : ''}`,
    )
    return [`${place} was received by ${who.join(', ')}`]
  })
}

/** A healthy member says that a partition is revoked before another is told that it has it. */
function sharedPartitions({ told, faulted }: History): string[] {
  const found: string[] = []
  const owners = new Map<number, Set<string>>()
  for (const { atMs, member, event } of told.toSorted(byTime)) {
    if (!('partitions' in event)) continue
    for (const partition of event.partitions) {
      const of = getOrSet(owners, partition, () => new Set<string>())
      if (event.kind !== 'assigned') of.delete(member)
      else of.add(member)
      const healthy = [...of].filter(owner => !faulted.has(owner))
      if (healthy.length < 2) continue
      found.push(`partition ${partition} belonged to ${healthy.join(' and ')} at ${atMs}`)
    }
  }
  return found
}

/** At one and the same time, what was given up goes first. */
function byTime(a: Told, b: Told): number {
  const rank = ({ event }: Told): number => Number(event.kind === 'assigned')
  return a.atMs - b.atMs || rank(a) - rank(b)
}

/** Who has a partition receives its records one after the other. */
function gaps({ told }: History): string[] {
  const found: string[] = []
  const next = new Map<string, number>()
  for (const { member, event } of told) {
    if (event.kind === 'record') {
      const { partition, offset } = event
      const expected = next.get(`${member} ${partition}`) ?? offset
      if (offset !== expected) {
        found.push(`${member} received ${partition}:${offset} where ${expected} comes next`)
      }
      next.set(`${member} ${partition}`, offset + 1)
    } else if ('partitions' in event) {
      for (const partition of event.partitions) next.delete(`${member} ${partition}`)
    }
  }
  return found
}

function complaintsOfMembers({ told, faulted }: History): string[] {
  return told.flatMap(({ member, event }) => {
    if (faulted.has(member)) return []
    if (event.kind === 'error') return [`${member} says: ${event.text}`]
    if (event.kind !== 'lost') return []
    return [`${member} lost ${event.partitions.join(' ')}, though it did nothing wrong`]
  })
}

function getOrSet<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const created = create()
  map.set(key, created)
  return created
}
