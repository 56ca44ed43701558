/** What can go on in a cluster, by name: each does one thing after another until it is stopped. */
import type { ArmedFault } from '../faults/armed-fault.ts'
import type { FaultSpec } from '../faults/spec.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { World } from './world.ts'

export interface Scenario {
  /** For people: what it does, each time. */
  readonly summary: string
  /** Begins anew for each run. */
  start(world: World): Steps
}

interface Steps {
  /** The next thing; ends before the one after it is due. */
  step(): Promise<void>
  /** Everything is as it was. */
  end(): Promise<void> | void
}

const slowDiskMs = 200

export const scenarios = {
  'rolling-restart': {
    summary: 'stops one broker after the other, each for half of the time, and starts it again',
    start: rollingRestart,
  },
  'coordinator-move': {
    summary: 'has groups and transactions coordinated by other brokers',
    start: coordinatorMove,
  },
  'zombie-producer-fenced': {
    summary: 'fences a producer in the midst of its transaction, as a newer one of its id does',
    start: zombieProducerFenced,
  },
  'commit-reply-lost': {
    summary: 'commits offsets or a transaction, and closes the connection in place of the answer',
    start: world =>
      oneFaultAtATime(world, {
        api: ['OffsetCommit', 'TxnOffsetCommit', 'EndTxn'],
        after: 'apply',
        action: 'disconnect',
      }),
  },
  'slow-disk': {
    summary: `has each append take ${slowDiskMs} ms longer, for half of the time`,
    start: slowDisk,
  },
  'disk-full': {
    summary: 'refuses records and commits as a broker without space does, for half of the time',
    start: diskFull,
  },
  'leader-flapping': {
    summary: 'has another broker lead a partition',
    start: leaderFlapping,
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

function rollingRestart(world: World): Steps {
  const { nodes } = world.broker
  let next = world.below(nodes.ids.length)
  let stopped: number | undefined
  const start = async (): Promise<void> => {
    if (stopped === undefined) return
    await nodes.start(stopped)
    world.tell(`started broker ${stopped}`)
    stopped = undefined
  }
  return {
    async step() {
      stopped = nodes.ids[next]!
      next = (next + 1) % nodes.ids.length
      await nodes.stop(stopped)
      world.tell(`stopped broker ${stopped}`)
      if (await world.half()) await start()
    },
    end: start,
  }
}

/** With one broker, it says once that it is not the coordinator, as it does while it loads. */
function coordinatorMove(world: World): Steps {
  const { nodes } = world.broker
  if (nodes.ids.length === 1) return oneFaultAtATime(world, { action: 'coordinator-moved' })
  const shift = (): void => {
    const { cluster, groups } = world.broker.services
    const before = groups.list({ states: [], types: [] }).map(({ groupId }) => {
      return [groupId, cluster.coordinatorOf(groupId)] as const
    })
    cluster.moveCoordinators()
    const left = new Map(before)
    groups.abandon(id => left.get(id) !== cluster.coordinatorOf(id))
    world.tell('moved all coordinators to the next broker')
  }
  return {
    step: async () => shift(),
    end: () => world.broker.services.cluster.returnCoordinators(),
  }
}

function zombieProducerFenced(world: World): Steps {
  return {
    async step() {
      const { transactions } = world.broker.services
      const open = Array.from(await transactions.all())
        .filter(([, { state }]) => state === 'Ongoing')
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
      if (open.length === 0) return
      const [id, { timeoutMs }] = open[world.below(open.length)]!
      // It aborts the open transaction, and answers so: the newer producer would try again.
      await transactions.initProducerId(id, { timeoutMs, expected: undefined }).catch(() => {})
      world.tell(`fenced the producer of ${id}`)
    },
    end() {},
  }
}

function slowDisk(world: World): Steps {
  const set = (delayMs: number): void => {
    world.broker.services.disk!.delayMs = delayMs
    world.tell(delayMs === 0 ? 'the disk is fast again' : `each append takes ${delayMs} ms longer`)
  }
  return {
    async step() {
      set(slowDiskMs)
      if (await world.half()) set(0)
    },
    end: () => set(0),
  }
}

function diskFull(world: World): Steps {
  let faults: ArmedFault[] = []
  const free = (): void => {
    for (const fault of faults) fault.remove()
    faults = []
  }
  return {
    async step() {
      const always = { times: 'always', optional: true } as const
      // What a coordinator cannot write down, it answers so (Kafka: OffsetMetadataManager).
      const commits = ['OffsetCommit', 'TxnOffsetCommit'] as const
      faults = [
        world.fault({ action: 'storage-full', ...always }),
        world.fault({ api: commits, error: 'COORDINATOR_NOT_AVAILABLE', ...always }),
      ]
      world.tell('the disk is full')
      if (!(await world.half())) return
      free()
      world.tell('the disk has space again')
    },
    end: free,
  }
}

/** With one broker, it says once that it is not the leader, as it does after it has moved back. */
function leaderFlapping(world: World): Steps {
  const { nodes } = world.broker
  if (nodes.ids.length === 1) {
    return oneFaultAtATime(world, {
      api: ['Produce', 'Fetch', 'ListOffsets'],
      error: 'NOT_LEADER_OR_FOLLOWER',
    })
  }
  return {
    async step() {
      const topics = world.broker.services.topics.all().filter(({ name }) => !isInternalTopic(name))
      const partitions = topics
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap(topic => topic.partitions.map(partition => ({ topic, partition })))
      if (partitions.length === 0) return
      const { topic, partition } = partitions[world.below(partitions.length)]!
      const others = nodes.ids.filter(id => id !== partition.leader && nodes.isRunning(id))
      if (others.length === 0) return
      const nodeId = others[world.below(others.length)]!
      await nodes.move(topic.name, partition.index, nodeId)
      world.tell(`moved ${topic.name}/${partition.index} to broker ${nodeId}`)
    },
    end() {},
  }
}

/** Each time the fault is there once more, unless it still waits for its request. */
function oneFaultAtATime(world: World, spec: FaultSpec): Steps {
  let fault: ArmedFault | undefined
  return {
    async step() {
      if (fault !== undefined && fault.left > 0) return
      const { action, error } = spec
      fault = world.fault({ ...spec, optional: true })
      world.tell(`the next request that fits meets: ${error ?? action}`)
    },
    end: () => fault?.remove(),
  }
}
