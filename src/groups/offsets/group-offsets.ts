import type { Groups } from '../groups.ts'
import { commitOffsets, type CommitAnswer, type CommitRequest } from './commit.ts'
import { fetchOffsets, type FetchAnswer, type FetchRequest } from './fetch.ts'

/** The offsets that groups commit. */
export class GroupOffsets {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Resolves when the offsets are as durable as the metadata store promises. */
  async commit(request: CommitRequest, version: number): Promise<CommitAnswer[]> {
    this.#groups.checkOpen()
    return this.#groups.ask(request.groupId, (group, step) =>
      commitOffsets(group, request, version, step),
    )
  }

  /** Offsets whose commit is under way are waited for: what is told is never taken back. */
  async fetch(request: FetchRequest, version: number): Promise<FetchAnswer[]> {
    this.#groups.checkOpen()
    const { offsets } = this.#groups
    return this.#groups.ask(request.groupId, (_, { topics }) =>
      fetchOffsets(offsets, request, version, topics),
    )
  }
}
