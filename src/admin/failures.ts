/** What those throw who wait in vain: without what they wait with, so that it is soon loaded. */
import type { DescribedGroup } from './groups.ts'
import type { TopicRecord } from './topic-record.ts'

/** Records that were waited for have not come in time. The message lists what came instead. */
export class ExpectationFailed extends Error {
  override readonly name = 'ExpectationFailed'
  /** What has come and did match, in its order. */
  readonly matching: readonly TopicRecord[]
  /** The last 100 that did not match, in their order. */
  readonly seen: readonly TopicRecord[]

  constructor(message: string, matching: readonly TopicRecord[], seen: readonly TopicRecord[]) {
    super(message)
    this.matching = matching
    this.seen = seen
  }
}

/** A group has not come to rest in time. The message says what it is about. */
export class NotSettled extends Error {
  override readonly name = 'NotSettled'
  /** As it was; undefined where there is no such group. */
  readonly group: DescribedGroup | undefined

  constructor(message: string, group: DescribedGroup | undefined) {
    super(message)
    this.group = group
  }
}
