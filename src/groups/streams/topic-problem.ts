/** Why the topics of a topology do not do, in the words and with the codes of the heartbeat. */

export const statusCodes = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
} as const

/** What a member is told besides its assignment. */
export interface Status {
  readonly statusCode: number
  readonly statusDetail: string
}

/** Thrown where somebody must do something about topics before the application can run. */
export class TopicProblem extends Error {
  override readonly name = 'TopicProblem'
  readonly status: Status

  constructor(status: keyof typeof statusCodes, statusDetail: string) {
    super(statusDetail)
    this.status = { statusCode: statusCodes[status], statusDetail }
  }
}

/** At most three names, and how many more there are (Kafka's InternalTopicManager). */
export function summary(topics: readonly string[]): string {
  const shown = topics.slice(0, 3).join(', ')
  const more = topics.length - 3
  return more > 0 ? `${shown} and ${more} additional topics` : shown
}
