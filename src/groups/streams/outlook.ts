import { KafkaError } from '../../../protocol/errors.ts'
import type { Step } from '../step.ts'
import { topicsHash as hashOfTopics } from '../topics-hash.ts'
import {
  configureTopology,
  type ConfiguredSubtopology,
  type ConfiguredTopology,
} from './configured-topology.ts'
import type { HeartbeatRequest } from './heartbeat.ts'
import { noTopologyEpoch, type StreamsGroup } from './streams-group.ts'
import { requiredTopics, sameTopology, type Topology } from './topology.ts'

/** What the group's work would be, with the topics and the configs that there are now. */
export interface Outlook {
  readonly topology: Topology
  readonly topicsHash: string
  readonly topicsVersion: number
  readonly configured: ConfiguredTopology
  readonly standbyReplicas: number
}

/** Throws INVALID_REQUEST or STREAMS_INVALID_TOPOLOGY. */
export function look(group: StreamsGroup, request: HeartbeatRequest, step: Step): Outlook {
  const topology = topologyOf(group, request)
  const { topics } = step
  const isUnchanged = group.configured !== undefined && group.topicsVersion === topics.version
  const topicsHash = isUnchanged ? group.topicsHash : hashOfTopics(requiredTopics(topology), topics)
  const configured =
    group.configured !== undefined && topicsHash === group.topicsHash
      ? group.configured
      : configureTopology(topology, name => topics.get(name)?.partitions.length)
  if (configured.problem === undefined) {
    for (const tasks of [request.activeTasks, request.standbyTasks, request.warmupTasks]) {
      checkTasks(tasks ?? [], configured.subtopologies!)
    }
  }
  const { streamsNumStandbyReplicas: standbyReplicas } = step.groupConfig()
  return { topology, topicsHash, topicsVersion: topics.version, configured, standbyReplicas }
}

/** Makes it the group's. Returns whether tasks may have to be assigned anew. */
export function take(group: StreamsGroup, outlook: Outlook): boolean {
  const { topology, topicsHash, topicsVersion, configured, standbyReplicas } = outlook
  const validated = configured.problem === undefined ? topology.epoch : noTopologyEpoch
  const isOther =
    group.topicsHash !== topicsHash ||
    group.validatedTopologyEpoch !== validated ||
    group.standbyReplicas !== standbyReplicas
  group.topology = topology
  group.topicsHash = topicsHash
  group.topicsVersion = topicsVersion
  group.configured = configured
  group.validatedTopologyEpoch = validated
  group.standbyReplicas = standbyReplicas
  return isOther
}

/** A group keeps its topology; members may run an older one, for the time of an upgrade. */
function topologyOf({ topology }: StreamsGroup, request: HeartbeatRequest): Topology {
  const told = request.topology
  if (topology === undefined) return told!
  const isOther = told !== null && told.epoch >= topology.epoch && !sameTopology(told, topology)
  if (isOther) throw new KafkaError('INVALID_REQUEST', 'Topology updates are not supported yet.')
  return topology
}

function checkTasks(
  owned: NonNullable<HeartbeatRequest['activeTasks']>,
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology>,
): void {
  for (const { subtopologyId, partitions } of owned) {
    const subtopology = subtopologies.get(subtopologyId)
    if (subtopology === undefined) {
      const reason = `Subtopology ${subtopologyId} does not exist in the topology.`
      throw new KafkaError('INVALID_REQUEST', reason)
    }
    const { taskCount } = subtopology
    const wrong = partitions.find(partition => partition < 0 || partition >= taskCount)
    if (wrong === undefined) continue
    throw new KafkaError(
      'INVALID_REQUEST',
      `Task ${wrong} for subtopology ${subtopologyId} is invalid.` +
        ` Number of tasks for this subtopology: ${taskCount}`,
    )
  }
}
