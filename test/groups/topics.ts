import type { GroupTopics, KnownTopic } from '../../src/groups/step.ts'

export const aId = 'aaaaaaaaaaaaaaaaaaaaaQ'
export const bId = 'bbbbbbbbbbbbbbbbbbbbbQ'

const known: KnownTopic[] = [
  { name: 'a', id: aId, partitions: { length: 2 } },
  { name: 'b', id: bId, partitions: { length: 1 } },
]

/** Two topics: a with two partitions, b with one. */
export const topics: GroupTopics = {
  version: 1,
  get: name => known.find(topic => topic.name === name),
  getById: id => known.find(topic => topic.id === id),
  all: () => known,
}
