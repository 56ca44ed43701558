/** After the names and behaviours of Kafka's GroupMetadataManagerTest and StreamsGroupTest. */
import { describe, expect, it } from 'vitest'
import { statusCodes } from '../../../src/groups/streams/topic-problem.ts'
import { copying, GroupDriver, taskIds, type Answer } from './driver.ts'
import { subtopology, topic, topology } from './topologies.ts'

const codesOf = ({ status }: Answer): number[] => status.map(({ statusCode }) => statusCode)
const { ASSIGNMENT_DELAYED, MISSING_SOURCE_TOPICS, SHUTDOWN_APPLICATION } = statusCodes

describe('members and their epochs', () => {
  it('the first member of an empty group gets all tasks', () => {
    const driver = new GroupDriver()
    expect(driver.join('m')).toMatchObject({ memberEpoch: 2, activeTasks: taskIds(0, 1, 2, 3) })
    expect(driver.stored).toEqual(['group', 'm'])
  })

  it('a heartbeat that changes nothing stores nothing', () => {
    const driver = new GroupDriver()
    driver.join('m')
    driver.heartbeat('m')
    expect(driver.stored).toEqual([])
  })

  it('three members come to the new target assignment step by step', () => {
    const driver = new GroupDriver({ in: 6 })
    driver.join('1')
    driver.join('2')
    driver.heartbeat('1')
    driver.owns('1', 0, 1, 2)
    driver.heartbeat('2')
    expect([driver.active('1'), driver.active('2')]).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ])
    expect(driver.join('3')).toMatchObject({ memberEpoch: 4, activeTasks: [] })
    expect(driver.group.state).toBe('Reconciling')
    // The first gives up a task in its epoch, and then goes on to the next one.
    expect(driver.heartbeat('1')).toMatchObject({ memberEpoch: 3, activeTasks: taskIds(0, 1) })
    expect(driver.owns('1', 0, 1, 2)).toMatchObject({ memberEpoch: 3 })
    expect(driver.heartbeat('3')).toMatchObject({ memberEpoch: 4 })
    expect(driver.active('3')).toEqual([])
    expect(driver.owns('1', 0, 1)).toMatchObject({ memberEpoch: 4 })
    expect(driver.heartbeat('3').activeTasks).toEqual(taskIds(2))
    driver.heartbeat('2')
    driver.owns('2', 3, 4)
    expect(driver.heartbeat('3').activeTasks).toEqual(taskIds(2, 5))
    expect(driver.group.state).toBe('Stable')
  })

  it('what a member tells of itself changes the group epoch', () => {
    const driver = new GroupDriver()
    driver.join('m')
    const { epoch } = driver.group
    driver.heartbeat('m', { rackId: 'r' })
    driver.heartbeat('m', { rackId: 'r' })
    expect(driver.group.epoch).toBe(epoch + 1)
    driver.heartbeat('m', { clientTags: [{ key: 'zone', value: 'z' }] })
    driver.heartbeat('m', { processId: 'other' })
    expect(driver.group.epoch).toBe(epoch + 3)
  })

  it('a member that joins again without a change leaves all as it is', () => {
    const driver = new GroupDriver()
    driver.join('m')
    const again = driver.join('m')
    expect(again).toMatchObject({ memberEpoch: 2, activeTasks: taskIds(0, 1, 2, 3) })
    expect(driver.group.epoch).toBe(2)
  })

  it('one epoch behind, with no task too many: its answer was lost', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.join('2')
    driver.heartbeat('1')
    driver.owns('1', 0, 1)
    const behind = { memberEpoch: 2, standbyTasks: [], warmupTasks: [] }
    expect(driver.heartbeat('1', { ...behind, activeTasks: taskIds(1) })).toMatchObject({
      memberEpoch: 3,
    })
    const fenced = expect.objectContaining({ error: 'FENCED_MEMBER_EPOCH' })
    for (const activeTasks of [taskIds(1, 2), null]) {
      expect(() => driver.heartbeat('1', { ...behind, activeTasks })).toThrow(fenced)
    }
    expect(() => driver.heartbeat('1', { ...behind, memberEpoch: 1 })).toThrow(fenced)
  })

  it('group.streams.max.size: nobody else may join, not even anew', () => {
    const driver = new GroupDriver({ in: 1 }, { groupStreamsMaxSize: 1 })
    driver.join('1')
    const full = expect.objectContaining({
      error: 'GROUP_MAX_SIZE_REACHED',
      detail: 'The streams group has reached its maximum capacity of 1 members.',
    })
    expect(() => driver.join('2')).toThrow(full)
    expect(() => driver.join('1')).toThrow(full)
    expect(driver.heartbeat('1').errorCode).toBe(0)
  })

  it('a request that is refused changes nothing', () => {
    const driver = new GroupDriver()
    driver.join('m')
    const owned = { activeTasks: taskIds(9), standbyTasks: [], warmupTasks: [] }
    expect(() => driver.heartbeat('m', { ...owned, rackId: 'r' })).toThrow('Task 9')
    expect(driver.group.members.get('m')).toMatchObject({ rackId: null })
    expect(driver.group.epoch).toBe(2)
  })
})

describe('states of a group', () => {
  it('Empty, NotReady, Assigning, Reconciling, Stable', () => {
    const driver = new GroupDriver({})
    const states = [driver.group.state]
    const told = (): void => void states.push(driver.group.state)
    expect(codesOf(driver.join('1'))).toEqual([MISSING_SOURCE_TOPICS])
    told()
    driver.setTopic('in', 2)
    driver.configs = { 'streams.assignment.interval.ms': '1000' }
    expect(codesOf(driver.heartbeat('1'))).toEqual([ASSIGNMENT_DELAYED])
    told()
    driver.advance(1_000)
    driver.heartbeat('1')
    driver.advance(1_000)
    driver.join('2')
    told()
    driver.owns('1', 0, 1)
    driver.owns('1', 0)
    driver.heartbeat('2')
    told()
    driver.leave('1')
    driver.leave('2')
    told()
    expect(states).toEqual(['Empty', 'NotReady', 'Assigning', 'Reconciling', 'Stable', 'Empty'])
  })

  it('a topic that goes away takes the tasks with it', () => {
    const driver = new GroupDriver({ in: 2, other: 2 })
    const both = topology(subtopology('0', { sourceTopics: ['in', 'other'] }))
    driver.join('m', { topology: both })
    driver.setTopic('other', 4)
    expect(driver.heartbeat('m').activeTasks).toEqual(taskIds(0, 1, 2, 3))
    expect(driver.group.epoch).toBe(3)
  })

  it('topics that the application does not know change nothing', () => {
    const driver = new GroupDriver()
    driver.join('m')
    driver.setTopic('unrelated', 3)
    driver.heartbeat('m')
    expect(driver.group.epoch).toBe(2)
    expect(driver.stored).toEqual([])
  })

  it('another number of standby replicas is a new assignment', () => {
    const driver = new GroupDriver({ in: 2, c: 2 })
    const stateChangelogTopics = [topic('c')]
    const stateful = topology(subtopology('0', { sourceTopics: ['in'], stateChangelogTopics }))
    driver.join('1', { topology: stateful })
    driver.join('2', { topology: stateful })
    driver.configs = { ...driver.configs, 'streams.num.standby.replicas': '1' }
    driver.owns('1', 0)
    driver.owns('1', 0)
    driver.heartbeat('2')
    driver.heartbeat('1')
    const standby = (id: string) => driver.group.members.get(id)!.assigned.standby.get('0')!
    expect([...standby('1').keys()]).toEqual([1])
    expect([...standby('2').keys()]).toEqual([0])
  })
})

describe('group.streams.initial.rebalance.delay.ms', () => {
  const delay = { 'streams.initial.rebalance.delay.ms': '3000' }

  it('all who come meanwhile get their tasks at once, none has to give up any', () => {
    const driver = new GroupDriver()
    driver.configs = delay
    const first = driver.join('1')
    expect(first).toMatchObject({ memberEpoch: 1, activeTasks: [] })
    expect(codesOf(first)).toEqual([ASSIGNMENT_DELAYED])
    driver.advance(2_999)
    expect(codesOf(driver.join('2'))).toEqual([ASSIGNMENT_DELAYED])
    expect(codesOf(driver.heartbeat('1'))).toEqual([ASSIGNMENT_DELAYED])
    driver.advance(1)
    expect(driver.stored).toEqual(['group', '1', '2'])
    expect(driver.heartbeat('1').activeTasks).toEqual(taskIds(0, 2))
    expect(driver.heartbeat('2').activeTasks).toEqual(taskIds(1, 3))
    expect(driver.group.state).toBe('Stable')
  })

  it('counts again for a group that has become empty', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.leave('1')
    driver.configs = delay
    expect(codesOf(driver.join('2'))).toEqual([ASSIGNMENT_DELAYED])
    driver.advance(3_000)
    expect(driver.heartbeat('2').activeTasks).toEqual(taskIds(0, 1, 2, 3))
  })

  it('assigns nothing when nobody is left', () => {
    const driver = new GroupDriver()
    driver.configs = delay
    driver.join('1')
    driver.leave('1')
    const { assignmentEpoch } = driver.group
    driver.advance(3_000)
    expect(driver.group.assignmentEpoch).toBe(assignmentEpoch)
    expect(driver.group.state).toBe('Empty')
  })
})

it('group.streams.assignment.interval.ms: the next assignment has to wait', () => {
  const driver = new GroupDriver()
  driver.join('1')
  driver.configs = { 'streams.assignment.interval.ms': '5000' }
  driver.advance(4_999)
  const { memberEpoch, status } = driver.join('2')
  expect(memberEpoch).toBe(2)
  expect(status).toEqual([
    {
      statusCode: ASSIGNMENT_DELAYED,
      statusDetail: 'Assignment delayed due to the configured assignment interval.',
    },
  ])
  driver.advance(1)
  expect(driver.heartbeat('2')).toMatchObject({ memberEpoch: 3, status: [] })
})

describe('timeouts', () => {
  it('a member that is silent for the session timeout is removed', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
    driver.advance(1)
    expect(driver.group).toMatchObject({ size: 0, state: 'Empty', epoch: 3 })
    expect(driver.rows.members.size).toBe(0)
  })

  it('each heartbeat starts the session anew', () => {
    const driver = new GroupDriver()
    driver.join('1')
    for (let i = 0; i < 5; i++) {
      driver.advance(44_000)
      driver.heartbeat('1')
    }
    expect(driver.group.size).toBe(1)
  })

  it('the session timeout of the group holds', () => {
    const driver = new GroupDriver()
    driver.configs = { 'streams.session.timeout.ms': '50000' }
    driver.join('1')
    driver.advance(45_000)
    expect(driver.group.size).toBe(1)
    driver.advance(5_000)
    expect(driver.group.size).toBe(0)
  })

  it('a member that is evicted is removed at once, and its tasks are free', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.join('2')
    driver.step(step => driver.group.evict('1', 'disconnect', step))
    expect(driver.group).toMatchObject({ size: 1, epoch: 4 })
    expect(driver.stored).toEqual(['group', '1'])
    driver.heartbeat('2')
    expect(new Set(driver.active('2'))).toEqual(new Set([0, 1, 2, 3]))
    driver.advance(44_999)
    expect(driver.group.size).toBe(1)
  })

  it('a member that has left before it is evicted changes nothing', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.join('2')
    driver.leave('1')
    driver.step(step => driver.group.evict('1', 'disconnect', step))
    expect(driver.stored).toEqual([])
  })

  it('a member that gives up its tasks too late is removed', () => {
    const driver = new GroupDriver()
    driver.join('1', { rebalanceTimeoutMs: 12_000 })
    driver.join('2', { rebalanceTimeoutMs: 90_000 })
    driver.heartbeat('1')
    driver.advance(11_999)
    driver.heartbeat('1')
    expect(driver.group.size).toBe(2)
    driver.advance(1)
    expect([...driver.group.members.keys()]).toEqual(['2'])
    driver.heartbeat('2')
    expect(driver.active('2').toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })

  it('one that gives them up in time stays', () => {
    const driver = new GroupDriver()
    driver.join('1', { rebalanceTimeoutMs: 12_000 })
    driver.join('2')
    driver.heartbeat('1')
    driver.advance(11_999)
    driver.owns('1', 0, 1)
    driver.advance(12_000)
    driver.heartbeat('1')
    expect(driver.group.size).toBe(2)
  })

  it('the tasks of a member that is gone go to the others at their next heartbeats', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.join('2')
    driver.advance(30_000)
    driver.heartbeat('2')
    driver.advance(15_000)
    expect([...driver.group.members.keys()]).toEqual(['2'])
    expect(driver.heartbeat('2').activeTasks).toEqual(taskIds(0, 1, 2, 3))
  })
})

describe('shutdown of the application', () => {
  it('all are told, also who comes later, until the group is empty', () => {
    const driver = new GroupDriver()
    driver.join('1')
    expect(codesOf(driver.heartbeat('1', { shutdownApplication: true }))).toEqual([
      SHUTDOWN_APPLICATION,
    ])
    expect(codesOf(driver.join('2'))).toEqual([SHUTDOWN_APPLICATION])
    driver.leave('1')
    expect(codesOf(driver.heartbeat('2'))).toEqual([SHUTDOWN_APPLICATION])
    driver.leave('2')
    expect(codesOf(driver.join('3'))).toEqual([])
  })
})

describe('endpoints for interactive queries', () => {
  const at = (port: number) => ({ userEndpoint: { host: 'h', port } })

  it('a member without one is told of none', () => {
    const driver = new GroupDriver()
    const answer = driver.join('1', { endpointInformationEpoch: -1 })
    expect(answer).toMatchObject({ endpointInformationEpoch: 0, partitionsByUserEndpoint: [] })
  })

  it('every new assignment of a member with one is news', () => {
    const driver = new GroupDriver({ in: 2 })
    driver.join('1', at(1))
    driver.join('2', at(2))
    const { endpointInformationEpoch } = driver.heartbeat('1')
    expect(endpointInformationEpoch).toBe(2)
    driver.owns('1', 0)
    const news = driver.heartbeat('2', { endpointInformationEpoch })
    expect(news.endpointInformationEpoch).toBe(3)
    expect(news.partitionsByUserEndpoint).toEqual([
      {
        ...at(1),
        activePartitions: [{ topic: 'in', partitions: [0] }],
        standbyPartitions: [],
      },
      {
        ...at(2),
        activePartitions: [{ topic: 'in', partitions: [1] }],
        standbyPartitions: [],
      },
    ])
    const known = { endpointInformationEpoch: 3 }
    expect(driver.heartbeat('2', known).partitionsByUserEndpoint).toBeNull()
  })

  it('of a topic, only the partitions that it has', () => {
    const driver = new GroupDriver({ in: 2, other: 3 })
    const both = topology(subtopology('0', { sourceTopics: ['in', 'other'] }))
    const answer = driver.join('1', { topology: both, ...at(1), endpointInformationEpoch: -1 })
    expect(answer.partitionsByUserEndpoint![0]!.activePartitions).toEqual([
      { topic: 'in', partitions: [0, 1] },
      { topic: 'other', partitions: [0, 1, 2] },
    ])
  })
})

describe('after a restart', () => {
  it('the group is what it was, and sessions start anew', () => {
    const driver = new GroupDriver()
    driver.join('1', { clientTags: [{ key: 'k', value: 'v' }], rackId: 'r' })
    driver.join('2')
    driver.heartbeat('1')
    const before = driver.group
    driver.advance(20_000)
    driver.restart()
    expect(driver.group.members).toEqual(before.members)
    expect(driver.group.targets).toEqual(before.targets)
    expect(driver.group).toMatchObject({ epoch: 3, assignmentEpoch: 3, state: 'Reconciling' })
    expect(driver.group.topology).toEqual(copying)
    driver.advance(29_999)
    expect(driver.group.size).toBe(2)
  })

  it('nothing is assigned anew while the topics are the same', () => {
    const driver = new GroupDriver()
    driver.join('1')
    driver.restart()
    const answer = driver.heartbeat('1')
    expect(answer).toMatchObject({ memberEpoch: 2, status: [] })
    expect(answer).not.toHaveProperty('activeTasks')
    expect(driver.stored).toEqual([])
  })

  it('what has happened to topics meanwhile is noticed', () => {
    const driver = new GroupDriver({ in: 1 })
    driver.join('1')
    driver.setTopic('in', 2)
    driver.restart()
    expect(driver.heartbeat('1').activeTasks).toEqual(taskIds(0, 1))
  })

  it('who was to give up tasks still has to', () => {
    const driver = new GroupDriver()
    driver.join('1', { rebalanceTimeoutMs: 12_000 })
    driver.join('2')
    driver.heartbeat('1')
    driver.restart()
    expect(driver.heartbeat('2')).toMatchObject({ memberEpoch: 3 })
    expect(driver.active('2')).toEqual([])
    driver.advance(12_000)
    expect([...driver.group.members.keys()]).toEqual(['2'])
  })
})
