/** Topics that come, go and grow, and subscriptions by pattern (KIP-848). */
import { describe, expect, it } from 'vitest'
import { refreshTopics } from '../../../src/groups/consumer/subscriptions.ts'
import { ConsumerDriver, text } from './driver.ts'
import { errorOf } from './errors.ts'

const foo = { subscribedTopicNames: ['foo'] }

describe('topics', () => {
  it('with more partitions than before make a new epoch with the next heartbeat', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', foo)
    driver.topics.set('foo', 3)
    expect(driver.group.epoch).toBe(2)
    const answer = driver.heartbeat('m1')
    expect(answer.memberEpoch).toBe(3)
    expect(text(answer.assignment)).toBe('foo-0 foo-1 foo-2')
  })

  it('that nobody subscribes to change nothing', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', foo)
    driver.topics.set('other', 3)
    driver.heartbeat('m1')
    expect(driver.group.epoch).toBe(2)
    expect(driver.stored).toEqual({ group: false, members: [] })
  })

  it('that are deleted are taken away', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1, bar: 1 } })
    driver.join('m1')
    driver.topics.delete('bar')
    const answer = driver.heartbeat('m1')
    expect(text(answer.assignment)).toBe('foo-0')
    expect(driver.confirm('m1').memberEpoch).toBe(3)
  })

  it('that are created again are other ones', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', foo)
    const before = driver.topics.get('foo')!.id
    driver.topics.delete('foo')
    driver.topics.set('foo', 1)
    driver.heartbeat('m1')
    driver.confirm('m1')
    expect(driver.member('m1')).toMatchObject({ state: 'stable', epoch: 3 })
    expect(driver.member('m1').assigned.has(before)).toBe(false)
    expect(text(driver.member('m1').assigned)).toBe('foo-0')
  })

  it('that changed during a restart are noticed', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', foo)
    driver.group.topicsVersion = undefined
    driver.heartbeat('m1')
    expect(driver.group.epoch).toBe(2)
    driver.group.topicsVersion = undefined
    driver.topics.set('foo', 2)
    driver.heartbeat('m1')
    expect(driver.group.epoch).toBe(3)
  })

  it('are noticed by the heartbeat of any member, and shared', () => {
    const driver = new ConsumerDriver({ topics: { foo: 2 } })
    driver.join('m1', foo)
    driver.join('m2', foo)
    driver.settle()
    driver.topics.set('foo', 4)
    driver.heartbeat('m2')
    driver.settle()
    expect(Object.values(driver.assigned()).map(each => each.split(' ').length)).toEqual([2, 2])
  })
})

describe('a pattern', () => {
  const topics = { foo: 1, foobar: 1, bar: 1 }

  it.each([
    ['foo.*', 'foo-0 foobar-0'],
    ['foo', 'foo-0'],
    ['.*bar', 'bar-0 foobar-0'],
    ['fo{2}|bar', 'bar-0 foo-0'],
    ['[a-c]ar', 'bar-0'],
    ['(?i)FOO', 'foo-0'],
    ['none', ''],
  ])('%s matches whole names', (subscribedTopicRegex, assigned) => {
    const driver = new ConsumerDriver({ topics })
    expect(text(driver.join('m1', { subscribedTopicRegex }).assignment)).toBe(assigned)
  })

  it.each(['foo(', '[a', '*', '(?=a)', '(a)\\1', '(?<!a)b'])(
    '%s is none of RE2',
    subscribedTopicRegex => {
      const driver = new ConsumerDriver({ topics })
      const join = () => driver.join('m1', { subscribedTopicRegex })
      expect(errorOf(join)).toBe('INVALID_REGULAR_EXPRESSION')
    },
  )

  it('that is empty subscribes to nothing', () => {
    const driver = new ConsumerDriver({ topics })
    const answer = driver.join('m1', { subscribedTopicRegex: '' })
    expect(text(answer.assignment)).toBe('')
    expect(driver.group.epoch).toBe(1)
  })

  it('takes linear time where others take for ever', () => {
    const name = 'a'.repeat(200)
    const driver = new ConsumerDriver({ topics: { [name]: 1 } })
    expect(text(driver.join('m1', { subscribedTopicRegex: '(a+)+b' }).assignment)).toBe('')
  })

  it('adds to the names of the same member', () => {
    const driver = new ConsumerDriver({ topics })
    const both = { subscribedTopicRegex: 'foo.*', subscribedTopicNames: ['bar'] }
    expect(text(driver.join('m1', both).assignment)).toBe('bar-0 foo-0 foobar-0')
  })

  it('matches topics that are created later', () => {
    const driver = new ConsumerDriver({ topics: { foo: 1 } })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.topics.set('foo2', 1)
    driver.advance(5000)
    const answer = driver.heartbeat('m1')
    expect(answer.memberEpoch).toBe(3)
    expect(text(answer.assignment)).toBe('foo-0 foo2-0')
  })

  it('is matched anew a millisecond for each topic later, at the earliest', () => {
    const topics = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`topic${i}`, 1]))
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.topics.set('foo', 1)
    driver.advance(2999)
    expect(driver.heartbeat('m1').assignment).toBeNull()
    driver.advance(1)
    expect(text(driver.heartbeat('m1').assignment)).toBe('foo-0')
  })

  it('matches what the members may know of', () => {
    const driver = new ConsumerDriver({ topics })
    driver.maySee = name => name !== 'foobar'
    const answer = driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    expect(text(answer.assignment)).toBe('foo-0')
  })

  it('is matched anew after ten minutes, for what they may know of changes, too', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.maySee = name => name !== 'foobar'
    for (const ms of Array.from({ length: 20 }, (_, i) => (i < 19 ? 30_000 : 29_999))) {
      driver.advance(ms)
      expect(driver.heartbeat('m1').assignment).toBeNull()
    }
    driver.advance(1)
    expect(text(driver.heartbeat('m1').assignment)).toBe('foo-0')
  })

  it('stays as it was matched where nobody asks who may know of topics', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.topics.set('foo2', 1)
    driver.advance(5000)
    driver.step(step => refreshTopics(driver.group, false, step))
    expect([...driver.group.regexTopics.get('foo.*')!]).toEqual(['foo', 'foobar'])
    expect(text(driver.heartbeat('m1').assignment)).toBe('foo-0 foo2-0 foobar-0')
  })

  it('loses topics that are deleted', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.topics.delete('foobar')
    driver.advance(5000)
    expect(text(driver.heartbeat('m1').assignment)).toBe('foo-0')
  })

  it('can be changed, with a new epoch', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    const answer = driver.heartbeat('m1', { subscribedTopicRegex: 'bar' })
    expect(text(answer.assignment)).toBe('')
    expect(driver.confirm('m1').memberEpoch).toBe(3)
    expect(driver.assigned()).toEqual({ m1: 'bar-0' })
    expect([...driver.group.regexTopics.keys()]).toEqual(['bar'])
  })

  it('can be cleared, with a new epoch', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.heartbeat('m1', { subscribedTopicRegex: '', subscribedTopicNames: ['bar'] })
    driver.settle()
    expect(driver.assigned()).toEqual({ m1: 'bar-0' })
    expect(driver.group.regexTopics.size).toBe(0)
  })

  it('that several have is kept while one has it', () => {
    const driver = new ConsumerDriver({ topics })
    driver.join('m1', { subscribedTopicRegex: 'foo.*' })
    driver.join('m2', { subscribedTopicRegex: 'foo.*' })
    driver.leave('m1')
    driver.heartbeat('m2')
    driver.settle()
    expect(driver.assigned()).toEqual({ m2: 'foo-0 foobar-0' })
  })

  it('of a static member is that of who takes over', () => {
    const driver = new ConsumerDriver({ topics })
    const asI = { instanceId: 'i', subscribedTopicRegex: 'foo.*' }
    driver.join('m1', asI)
    driver.heartbeat('m1', { instanceId: 'i', memberEpoch: -2 })
    expect(text(driver.join('m2', asI).assignment)).toBe('foo-0 foobar-0')
    expect(driver.group.epoch).toBe(2)
    driver.heartbeat('m2', { instanceId: 'i', memberEpoch: -2 })
    driver.join('m3', { ...asI, subscribedTopicRegex: 'bar' })
    driver.settle()
    expect(driver.assigned()).toEqual({ m3: 'bar-0' })
  })
})
