/** The cases of Kafka's CurrentAssignmentBuilderTest. */
import { describe, expect, it } from 'vitest'
import type { TopicPartitions } from '../../../src/groups/assignment.ts'
import { newMember, type ConsumerMember } from '../../../src/groups/consumer/member.ts'
import { reconcile } from '../../../src/groups/consumer/reconciliation.ts'

/** 't1-0@4 t1-1@5': partitions with the epochs in which they were assigned. */
function parse(text: string): [topicId: string, partition: number, epoch: number][] {
  return text
    .split(' ')
    .filter(each => each !== '')
    .map(each => {
      const [, topicId, partition, epoch = '0'] = /^(\w+)-(\d+)(?:@(\d+))?$/.exec(each)!
      return [topicId!, Number(partition), Number(epoch)]
    })
}

function epochs(text: string): Map<string, Map<number, number>> {
  const result = new Map<string, Map<number, number>>()
  for (const [topicId, partition, epoch] of parse(text)) {
    result.set(topicId, (result.get(topicId) ?? new Map()).set(partition, epoch))
  }
  return result
}

function listed(text: string): TopicPartitions[] {
  return [...epochs(text)].map(([topicId, each]) => ({ topicId, partitions: [...each.keys()] }))
}

function shown(assignment: ConsumerMember['assigned']): string {
  return [...assignment]
    .flatMap(([topicId, each]) => [...each].map(([p, epoch]) => `${topicId}-${p}@${epoch}`))
    .toSorted()
    .join(' ')
}

interface Case {
  state?: ConsumerMember['state']
  epoch?: number
  assigned?: string
  revoking?: string
  target?: string
  targetEpoch?: number
  /** What it says that it owns; null if it does not say. */
  owned?: string | null
  /** What others have. */
  taken?: string
  topics?: string[]
  subscriptionChanged?: boolean
}

/** The member afterwards: 'state epoch/previous: assigned | revoking'. */
function after(given: Case): string {
  const { epoch = 10, targetEpoch = 11, owned = null, topics = ['t1', 't2'] } = given
  const target = new Map(
    [...epochs(given.target ?? '')].map(([id, each]) => [id, new Set(each.keys())]),
  )
  const member: ConsumerMember = {
    ...newMember('m'),
    state: given.state ?? 'stable',
    epoch,
    previousEpoch: epoch,
    assigned: epochs(given.assigned ?? ''),
    revoking: epochs(given.revoking ?? ''),
    target,
  }
  const taken = new Set(parse(given.taken ?? '').map(([id, partition]) => `${id}-${partition}`))
  const next = reconcile(member, {
    targetEpoch,
    subscribedTopicIds: new Set(topics),
    subscriptionChanged: given.subscriptionChanged ?? false,
    owned: owned === null ? null : listed(owned),
    isFree: (topicId, partition) => !taken.has(`${topicId}-${partition}`),
  })
  const { state, previousEpoch, assigned, revoking } = next
  return `${state} ${next.epoch}/${previousEpoch}: ${shown(assigned)} | ${shown(revoking)}`
}

describe('a stable member', () => {
  it('goes to the next epoch with what it has', () => {
    const both = { assigned: 't1-1@10 t1-2@10', target: 't1-1 t1-2' }
    expect(after(both)).toBe('stable 11/10: t1-1@10 t1-2@10 | ')
  })

  it('stays as it is at its target', () => {
    const both = { assigned: 't1-1@10', target: 't1-1', targetEpoch: 10 }
    expect(after(both)).toBe('stable 10/10: t1-1@10 | ')
  })

  it('gets what is free', () => {
    const given = { assigned: 't1-1@9', target: 't1-1 t1-2 t2-4' }
    expect(after(given)).toBe('stable 11/10: t1-1@9 t1-2@11 t2-4@11 | ')
  })

  it('gives up what is not in the target, in its old epoch', () => {
    const given = { assigned: 't1-1@10 t1-2@10', target: 't1-2 t1-3' }
    expect(after(given)).toBe('unrevoked 10/10: t1-2@10 | t1-1@10')
  })

  it('has given up at once what it says that it does not own', () => {
    const given = { assigned: 't1-1@10 t1-2@10', target: 't1-2 t1-3', owned: 't1-2' }
    expect(after(given)).toBe('stable 11/10: t1-2@10 t1-3@11 | ')
  })

  it('waits for what others have', () => {
    const given = { assigned: 't1-1@10', target: 't1-1 t1-2 t2-3', taken: 't1-2 t2-3' }
    expect(after(given)).toBe('unreleased 11/10: t1-1@10 | ')
  })

  it('gets some, and waits for the rest', () => {
    const given = { assigned: 't1-1@10', target: 't1-1 t1-2 t2-3', taken: 't1-2' }
    expect(after(given)).toBe('unreleased 11/10: t1-1@10 t2-3@11 | ')
  })

  it('gives up first, and only then waits', () => {
    const given = { assigned: 't1-1@10', target: 't1-2', taken: 't1-2' }
    expect(after(given)).toBe('unrevoked 10/10:  | t1-1@10')
  })

  it('gives everything up when there is nothing for it', () => {
    expect(after({ assigned: 't1-1@10', target: '' })).toBe('unrevoked 10/10:  | t1-1@10')
  })
})

describe('a member that gives up partitions', () => {
  const giving = { state: 'unrevoked', assigned: 't1-2@10', revoking: 't1-1@10' } as const

  it.each<[string, Case]>([
    ['has not said what it owns', { owned: null }],
    ['still owns them', { owned: 't1-1 t1-2' }],
  ])('stays while it %s', (_, { owned }) => {
    const given = { ...giving, target: 't1-2 t1-3', owned: owned! }
    expect(after(given)).toBe('unrevoked 10/10: t1-2@10 | t1-1@10')
  })

  it('goes to the target when it has done so', () => {
    const given = { ...giving, target: 't1-2 t1-3', owned: 't1-2' }
    expect(after(given)).toBe('stable 11/10: t1-2@10 t1-3@11 | ')
  })

  it('gives up more if the target has changed meanwhile', () => {
    const given = { ...giving, target: 't1-5', targetEpoch: 12, owned: 't1-2' }
    expect(after(given)).toBe('unrevoked 10/10:  | t1-2@10')
  })

  it('waits when the rest belongs to others', () => {
    const given = { ...giving, target: 't1-2 t1-3', owned: 't1-2', taken: 't1-3' }
    expect(after(given)).toBe('unreleased 11/10: t1-2@10 | ')
  })

  it('gets back what it has given up when it is in the target again', () => {
    const given = { ...giving, target: 't1-1 t1-2', targetEpoch: 12, owned: 't1-2' }
    expect(after(given)).toBe('stable 12/10: t1-1@12 t1-2@10 | ')
  })
})

describe('a member that waits for partitions', () => {
  const waiting = { state: 'unreleased', epoch: 11, assigned: 't1-1@10' } as const

  it('gets them when they are free', () => {
    const given = { ...waiting, target: 't1-1 t1-2' }
    expect(after(given)).toBe('stable 11/11: t1-1@10 t1-2@11 | ')
  })

  it('gets those that are free', () => {
    const given = { ...waiting, target: 't1-1 t1-2 t1-3', taken: 't1-3' }
    expect(after(given)).toBe('unreleased 11/11: t1-1@10 t1-2@11 | ')
  })

  it('waits on', () => {
    const given = { ...waiting, target: 't1-1 t1-2', taken: 't1-2' }
    expect(after(given)).toBe('unreleased 11/11: t1-1@10 | ')
  })

  it('gives up what a new target takes from it', () => {
    const given = { ...waiting, target: 't1-2', targetEpoch: 12, taken: 't1-2' }
    expect(after(given)).toBe('unrevoked 11/11:  | t1-1@10')
  })
})

describe('a member that has unsubscribed from a topic', () => {
  it('gets nothing of it, whatever the target says', () => {
    const given = { assigned: 't1-1@10', target: 't1-1 t2-2', topics: ['t1'] }
    expect(after(given)).toBe('stable 11/10: t1-1@10 | ')
  })

  it('gives it up before there is another target', () => {
    const at = { targetEpoch: 10, topics: ['t1'], subscriptionChanged: true }
    const given = { assigned: 't1-1@10 t2-2@10', target: 't1-1 t2-2', ...at }
    expect(after(given)).toBe('unrevoked 10/10: t1-1@10 | t2-2@10')
    expect(after({ ...given, owned: 't1-1' })).toBe('stable 10/10: t1-1@10 | ')
    expect(after({ ...given, subscriptionChanged: false })).toBe('stable 10/10: t1-1@10 t2-2@10 | ')
  })

  it('gives it up besides what it gives up already', () => {
    const given: Case = {
      state: 'unrevoked',
      assigned: 't1-1@10 t2-2@10',
      revoking: 't1-3@10 t2-4@10',
      target: 't1-1 t2-2',
      topics: ['t1'],
      subscriptionChanged: true,
    }
    expect(after(given)).toBe('unrevoked 10/10: t1-1@10 | t1-3@10 t2-2@10 t2-4@10')
  })

  it('changes nothing when it had nothing of it', () => {
    const given = { assigned: 't1-1@10', target: 't1-1', targetEpoch: 10, topics: ['t1'] }
    expect(after({ ...given, subscriptionChanged: true })).toBe('stable 10/10: t1-1@10 | ')
  })
})
