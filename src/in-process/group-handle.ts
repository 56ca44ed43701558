import type { DescribedGroup } from '../admin/groups.ts'
import type { Position } from '../admin/position.ts'
import type { SoughtPartition } from '../admin/seek.ts'
import type { WaitOptions } from '../admin/watch.ts'
import type { GroupWhy } from '../admin/why.ts'
import type { Services } from '../handler.ts'

/**
 * A group of any protocol: classic, consumer (KIP-848), share (KIP-932) or streams (KIP-1071).
 * There need not be one yet. But for `settled`, which waits for it, and `seek`, which creates it,
 * all of what is here rejects with GROUP_ID_NOT_FOUND then.
 */
export class GroupHandle {
  readonly id: string
  readonly #services: () => Services

  constructor(id: string, services: () => Services) {
    this.id = id
    this.#services = services
  }

  /** Members, what they have, and how far they are behind. */
  async describe(): Promise<DescribedGroup> {
    const { describeGroup } = await import('../admin/groups.ts')
    return describeGroup(this.#services(), this.id)
  }

  /**
   * Resolves when the group is stable, which takes members, and has committed all that there is to
   * read. Rejects after `timeout` (4 s) with a NotSettled that says why not: which partition is how
   * far behind, which member is missing.
   */
  async settled(options: WaitOptions = {}): Promise<DescribedGroup> {
    const { settledGroup } = await import('../admin/settled.ts')
    return settledGroup(this.#services(), this.id, options)
  }

  /**
   * Has the group go on elsewhere, in all topics that it has to do with, or in those that are
   * given: `'start'`, `'end'`, `-10` (the last ten of each partition), a Date, or offsets by
   * partition. Kafka refuses this while there are members; here they are removed, and their clients
   * join again and go on there.
   */
  async seek(
    to: Position,
    options: { topics?: readonly string[] } = {},
  ): Promise<SoughtPartition[]> {
    const { seekGroup } = await import('../admin/seek.ts')
    return seekGroup(this.#services(), this.id, to, options)
  }

  /** Removes a member, by its id or group.instance.id; its client joins anew. */
  async kick(member: string): Promise<void> {
    const { kickMember } = await import('../admin/groups.ts')
    kickMember(this.#services(), this.id, member)
  }

  /** Deletes the group, with its offsets. Rejects with NON_EMPTY_GROUP while it has members. */
  async delete(): Promise<void> {
    const { deleteGroup } = await import('../admin/groups.ts')
    return deleteGroup(this.#services(), this.id)
  }

  /** Why it has rebalanced lately: `text` for people, `rebalances` for programs. */
  async why(): Promise<GroupWhy> {
    const { whyGroup } = await import('../admin/why.ts')
    return whyGroup(this.#services(), this.id)
  }
}
