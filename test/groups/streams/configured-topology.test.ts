/**
 * After the names and behaviours of Kafka's InternalTopicManagerTest, RepartitionTopicsTest,
 * CopartitionedTopicsEnforcerTest and ChangelogTopicsTest.
 */
import { describe, expect, it } from 'vitest'
import { configureTopology } from '../../../src/groups/streams/configured-topology.ts'
import { decidePartitionCounts } from '../../../src/groups/streams/partition-counts.ts'
import { statusCodes } from '../../../src/groups/streams/topic-problem.ts'
import type { Subtopology } from '../../../src/groups/streams/topology.ts'
import { existing, subtopology, topic, topology } from './topologies.ts'

const invalid = (detail: string) =>
  expect.objectContaining({ error: 'STREAMS_INVALID_TOPOLOGY', detail })

function countsOf(subtopologies: Subtopology[], counts: Record<string, number>) {
  return Object.fromEntries(decidePartitionCounts(topology(...subtopologies), existing(counts)))
}

describe('repartition topics', () => {
  it('there need be none', () => {
    expect(countsOf([subtopology('a', { sourceTopics: ['s'] })], { s: 3 })).toEqual({})
  })

  it('have as many partitions as the application says', () => {
    const a = subtopology('a', { sourceTopics: ['s'], repartitionSinkTopics: ['r'] })
    const b = subtopology('b', { repartitionSourceTopics: [topic('r', 4)] })
    expect(countsOf([a, b], { s: 3 })).toEqual({ r: 4 })
  })

  it('else as many as the largest source topic before them', () => {
    const a = subtopology('a', {
      sourceTopics: ['s', 'small'],
      repartitionSinkTopics: ['r', 'fixed'],
      repartitionSourceTopics: [topic('other', 2)],
    })
    const b = subtopology('b', { repartitionSourceTopics: [topic('fixed', 4), topic('r')] })
    expect(countsOf([a, b], { s: 3, small: 1 })).toEqual({ r: 3, fixed: 4, other: 2 })
  })

  it('or the largest repartition topic before them', () => {
    const a = subtopology('a', {
      sourceTopics: ['s'],
      repartitionSourceTopics: [topic('fixed', 4)],
      repartitionSinkTopics: ['r'],
    })
    const b = subtopology('b', {
      repartitionSourceTopics: [topic('r')],
      repartitionSinkTopics: ['fixed'],
    })
    expect(countsOf([a, b], { s: 3 })).toEqual({ fixed: 4, r: 4 })
  })

  it('one after the other, in whatever order the subtopologies come', () => {
    const a = subtopology('a', { sourceTopics: ['s'], repartitionSinkTopics: ['r1'] })
    const b = subtopology('b', {
      repartitionSourceTopics: [topic('r1')],
      repartitionSinkTopics: ['r2'],
    })
    const c = subtopology('c', { repartitionSourceTopics: [topic('r2')] })
    expect(countsOf([c, b, a], { s: 5 })).toEqual({ r1: 5, r2: 5 })
  })

  it('in a loop that nothing enters: STREAMS_INVALID_TOPOLOGY', () => {
    const a = subtopology('a', {
      repartitionSourceTopics: [topic('r')],
      repartitionSinkTopics: ['r'],
    })
    expect(() => countsOf([a], {})).toThrow(
      invalid(
        'Failed to compute number of partitions for all repartition topics.' +
          ' There may be loops in the topology that cannot be resolved.',
      ),
    )
  })

  it('that nobody writes: STREAMS_INVALID_TOPOLOGY', () => {
    const a = subtopology('a', { repartitionSourceTopics: [topic('r')] })
    expect(() => countsOf([a], {})).toThrow(
      invalid(
        'Failed to compute number of partitions for all repartition topics,' +
          ' because a repartition source topic is never used as a sink topic.',
      ),
    )
  })
})

describe('changelog topics', () => {
  it('have as many partitions as there are tasks', () => {
    const changelogs = [topic('c1'), topic('c2')]
    const a = subtopology('a', { sourceTopics: ['s', 't'], stateChangelogTopics: changelogs })
    expect(countsOf([a], { s: 3, t: 5 })).toEqual({ c1: 5, c2: 5 })
  })

  it('also behind a repartition topic', () => {
    const a = subtopology('a', { sourceTopics: ['s'], repartitionSinkTopics: ['r'] })
    const b = subtopology('b', {
      repartitionSourceTopics: [topic('r', 7)],
      stateChangelogTopics: [topic('c')],
    })
    expect(countsOf([a, b], { s: 3 })).toEqual({ r: 7, c: 7 })
  })

  it('of a subtopology that reads nothing: STREAMS_INVALID_TOPOLOGY', () => {
    const a = subtopology('a', { stateChangelogTopics: [topic('c')] })
    expect(() => countsOf([a], {})).toThrow(invalid('No source topics found for subtopology a'))
  })
})

/** A subtopology that joins source topics with repartition topics, and one that writes these. */
function joining(sources: string[], repartition: Record<string, number>): Subtopology[] {
  const topics = Object.entries(repartition).map(([name, partitions]) => topic(name, partitions))
  const sinks = topics.map(({ name }) => name)
  const a = subtopology('a', { sourceTopics: ['upstream'], repartitionSinkTopics: sinks })
  const group = {
    sourceTopics: [...sources.keys()],
    sourceTopicRegex: [],
    repartitionSourceTopics: [...topics.keys()],
  }
  const b = subtopology('b', {
    sourceTopics: sources,
    repartitionSourceTopics: topics,
    copartitionGroups: [group],
  })
  return [a, b]
}

describe('topics that are joined', () => {
  const problem = (statusDetail: string) =>
    expect.objectContaining({
      status: { statusCode: statusCodes.INCORRECTLY_PARTITIONED_TOPICS, statusDetail },
    })

  it('sources with different numbers of partitions are a problem', () => {
    expect(() => countsOf(joining(['s2', 's1'], {}), { s1: 2, s2: 1 })).toThrow(
      problem('Following topics do not have the same number of partitions: [{s1=2, s2=1}]'),
    )
  })

  it('repartition topics get as many as the sources', () => {
    const counts = { upstream: 10, s1: 2, s2: 2 }
    expect(countsOf(joining(['s1', 's2'], { r: 0 }), counts)).toEqual({ r: 2 })
  })

  it('repartition topics alone get as many as the largest', () => {
    const first = subtopology('x', { sourceTopics: ['small'], repartitionSinkTopics: ['r1'] })
    const all = [first, ...joining([], { r1: 0, r2: 0, r3: 0 })]
    expect(countsOf(all, { small: 1, upstream: 15 })).toEqual({ r1: 15, r2: 15, r3: 15 })
  })

  it('repartition topics follow the one whose number is fixed', () => {
    const counts = { upstream: 5 }
    expect(countsOf(joining([], { r1: 2, r2: 0, r3: 2 }), counts)).toEqual({ r1: 2, r2: 2, r3: 2 })
  })

  it('two fixed ones that differ are a problem', () => {
    expect(() => countsOf(joining([], { r1: 10, r2: 5 }), { upstream: 1 })).toThrow(
      problem('Following topics do not have the same number of partitions: [{r1=10, r2=5}]'),
    )
  })

  it('a fixed one that differs from the source is a problem', () => {
    expect(() => countsOf(joining(['s1'], { r1: 10 }), { upstream: 1, s1: 2 })).toThrow(
      problem(
        'Number of partitions [10] of repartition topic [r1]' +
          " doesn't match number of partitions [2] of the source topic.",
      ),
    )
  })

  it('a fixed one that is like the source is none', () => {
    expect(countsOf(joining(['s1'], { r1: 2 }), { upstream: 1, s1: 2 })).toEqual({ r1: 2 })
  })
})

/** s1 → r → b, with a changelog each; b also reads s2, as many partitions as r. */
function application() {
  const configs = [{ key: 'cleanup.policy', value: 'compact' }]
  const group = { sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] }
  return topology(
    subtopology('b', {
      sourceTopics: ['s2'],
      repartitionSourceTopics: [topic('r', 0, { replicationFactor: 3 })],
      stateChangelogTopics: [topic('c2')],
      copartitionGroups: [group],
    }),
    subtopology('a', {
      sourceTopics: ['s1'],
      repartitionSinkTopics: ['r'],
      stateChangelogTopics: [topic('c1', 0, { topicConfigs: configs })],
    }),
  )
}

describe('a topology and the topics that exist', () => {
  it('without a source topic, nothing can be told', () => {
    expect(configureTopology(application(), existing({ s1: 2 }))).toEqual({
      subtopologies: undefined,
      missingTopics: [],
      problem: {
        statusCode: statusCodes.MISSING_SOURCE_TOPICS,
        statusDetail: 'Source topics s2 are missing.',
      },
    })
  })

  it('names at most three topics that are missing', () => {
    const a = subtopology('a', { sourceTopics: ['e', 'd', 'c', 'b', 'a'] })
    expect(configureTopology(topology(a), existing({})).problem?.statusDetail).toBe(
      'Source topics a, b, c and 2 additional topics are missing.',
    )
  })

  it('lists the internal topics that are to be created', () => {
    const configured = configureTopology(application(), existing({ s1: 2, s2: 2, c2: 2 }))
    expect(configured.missingTopics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'r', partitions: 2, replicationFactor: 3 }),
        expect.objectContaining({
          name: 'c1',
          partitions: 2,
          replicationFactor: 0,
          topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }],
        }),
      ]),
    )
    expect(configured.missingTopics).toHaveLength(2)
    expect(configured.problem).toEqual({
      statusCode: statusCodes.MISSING_INTERNAL_TOPICS,
      statusDetail: 'Internal topics are missing: c1, r',
    })
  })

  it('with all of them, is ready: subtopologies in the order of their ids, with tasks', () => {
    const all = existing({ s1: 2, s2: 2, r: 2, c1: 2, c2: 2 })
    const { subtopologies, missingTopics, problem } = configureTopology(application(), all)
    expect(problem).toBeUndefined()
    expect(missingTopics).toEqual([])
    expect([...subtopologies!.keys()]).toEqual(['a', 'b'])
    expect(subtopologies!.get('b')).toMatchObject({
      taskCount: 2,
      repartitionSourceTopics: [{ name: 'r', partitions: 2 }],
      stateChangelogTopics: [{ name: 'c2', partitions: 2 }],
    })
  })

  it('as many tasks as the largest topic that a subtopology reads has partitions', () => {
    const a = subtopology('a', { sourceTopics: ['s1', 's2'] })
    const { subtopologies } = configureTopology(topology(a), existing({ s1: 2, s2: 5 }))
    expect(subtopologies!.get('a')!.taskCount).toBe(5)
  })

  it('an internal topic that exists with another number of partitions is a problem', () => {
    const found = existing({ s1: 2, s2: 2, r: 2, c1: 3, c2: 2 })
    expect(configureTopology(application(), found)).toEqual({
      subtopologies: undefined,
      missingTopics: [],
      problem: {
        statusCode: statusCodes.INCORRECTLY_PARTITIONED_TOPICS,
        statusDetail: 'Existing topic c1 has different number of partitions: expected 2, found 3',
      },
    })
  })

  it.each([
    ['two subtopologies with one id', [subtopology('a'), subtopology('a')]],
    [
      'a copartition group of a topic that is not there',
      [
        subtopology('a', {
          sourceTopics: ['s1'],
          copartitionGroups: [
            { sourceTopics: [1], sourceTopicRegex: [], repartitionSourceTopics: [] },
          ],
        }),
      ],
    ],
    [
      'a negative number of partitions',
      [subtopology('a', { sourceTopics: ['s1'], repartitionSourceTopics: [topic('r', -1)] })],
    ],
  ])('%s: STREAMS_INVALID_TOPOLOGY', (_, subtopologies) => {
    expect(() => configureTopology(topology(...subtopologies), existing({ s1: 1 }))).toThrow(
      expect.objectContaining({ error: 'STREAMS_INVALID_TOPOLOGY' }),
    )
  })
})
