/** Where a record is on its way through a share group, by Kafka's numbers (RecordState). */
export const recordStates = { available: 0, acquired: 1, acknowledged: 2, archived: 4 } as const

export type RecordState = (typeof recordStates)[keyof typeof recordStates]

/** The record needs no further delivery. */
export function isDone(state: number): boolean {
  return state === recordStates.acknowledged || state === recordStates.archived
}
