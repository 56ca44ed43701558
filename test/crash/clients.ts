/** What goes on beside the producers until the broker is killed: each ends with its connection. */
import type { RawClient } from '../raw-client.ts'
import { nextOffset, recordsIn } from './log-reader.ts'
import {
  commitOffset,
  createTopic,
  deleteTopic,
  endOffset,
  fetchBatches,
  firstOffset,
  growTopic,
  newProducerId,
  setConfig,
  trimPartition,
} from './requests.ts'
import type { TopicState } from './topics-history.ts'
import type { WatchedPartition, Workload } from './workload.ts'
import { pause } from './pause.ts'

const maxWaitMs = 20
const topicNames = 4
const maxPartitions = 4

/** Reads on from what its group has committed, and commits what it has read. */
export async function consume(
  client: RawClient,
  { history, commits, group, ...at }: WatchedPartition,
  from: number,
  report: (violations: readonly string[]) => void,
): Promise<void> {
  for (let offset = from; ;) {
    const fetched = await fetchBatches(client, at, offset, maxWaitMs)
    if (fetched.isOutOfRange) {
      const start = await firstOffset(client, at)
      if (offset >= start) report([`${history.name}: offset ${offset} is out of range`])
      history.tellStart(start)
      offset = start
      continue
    }
    history.tellStart(fetched.startOffset)
    report(history.read(recordsIn(fetched.batches, offset)))
    const next = nextOffset(fetched.batches, offset)
    if (next === offset) continue
    offset = next
    commits.request(offset)
    await commitOffset(client, group, at, offset)
    commits.acknowledge(offset)
  }
}

/** Deletes records now and then, up to anywhere in what can be read. */
export async function trim(
  client: RawClient,
  { history, ...at }: WatchedPartition,
  random: () => number,
): Promise<void> {
  for (;;) {
    await pause(random() * 100)
    const { startOffset } = history
    // What was acknowledged with acks=1 may lie behind it.
    const end = await endOffset(client, at)
    const offset = startOffset + Math.floor(random() * (end - startOffset))
    history.requestTrim(offset)
    history.tellStart(await trimPartition(client, at, offset))
  }
}

/** Creates, changes and deletes topics, a few names again and again. */
export async function administer(
  client: RawClient,
  { topics, producerIds, random }: Workload,
  report: (violations: readonly string[]) => void,
): Promise<void> {
  for (;;) {
    const name = `brief-${Math.floor(random() * topicNames)}`
    const state = topics.state(name)
    const next = nextState(state, random)
    topics.request(name, next)
    const id = await change(client, name, state, next)
    const done = next === 'absent' ? next : { ...next, id: id ?? next.id }
    report(topics.acknowledge(name, done))
    const producerId = await newProducerId(client)
    if (producerIds.has(producerId)) report([`producer id ${producerId} was given twice`])
    producerIds.add(producerId)
    await pause(random() * 20)
  }
}

function nextState(state: TopicState | undefined, random: () => number): TopicState | 'absent' {
  const value = String(Math.floor(random() * 1_000_000))
  if (state === undefined) {
    const partitions = 1 + Math.floor(random() * maxPartitions)
    return { id: undefined, partitions, configs: { 'retention.bytes': value } }
  }
  const choice = random()
  if (choice < 0.4) return 'absent'
  if (choice < 0.6) return { ...state, partitions: state.partitions + 1 }
  return { ...state, configs: { ...state.configs, 'retention.ms': value } }
}

/** The id of a topic that was created. */
async function change(
  client: RawClient,
  name: string,
  state: TopicState | undefined,
  next: TopicState | 'absent',
): Promise<string | undefined> {
  if (next === 'absent') await deleteTopic(client, name)
  else if (state === undefined) return createTopic(client, name, next.partitions, next.configs)
  else if (next.partitions > state.partitions) await growTopic(client, name, next.partitions)
  else await setConfig(client, name, 'retention.ms', next.configs['retention.ms']!)
  return undefined
}
