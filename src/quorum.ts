/**
 * The quorum of the metadata log, as KRaft has one: its only voter is the first node, which leads;
 * the other nodes observe. Nothing outside of this process can replicate the log, so no voter comes
 * or goes.
 */
import { KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/wire.ts'
import type { Services } from './handler.ts'

type Known = Pick<Services, 'cluster' | 'config' | 'features'>

interface Voter {
  readonly clusterId: string | null
  readonly voterId: number
  readonly voterDirectoryId: string
}

interface NewVoter extends Voter {
  readonly listeners: readonly { readonly name: string }[]
}

/** The name of the listener where voters would meet. */
export function controllerListener({
  controllerListenerNames: [first],
}: Services['config']): string {
  return first ?? 'CONTROLLER'
}

/** Why a voter is not added; the order is that of Kafka's KafkaRaftClient and AddVoterHandler. */
export function newVoterRefusal(voter: NewVoter, known: Known): KafkaError {
  const { voterId, listeners } = voter
  const { cluster, config, features } = known
  const invalid = invalidVoter(voter, known)
  if (invalid) return invalid
  const name = controllerListener(config)
  if (!listeners.some(listener => listener.name === name)) {
    return new KafkaError('INVALID_REQUEST', `the voter has no endpoint for listener ${name}`)
  }
  if (!features.hasDynamicVoters) return staticVoters()
  if (voterId === cluster.controllerId) return new KafkaError('DUPLICATE_VOTER')
  return new KafkaError(
    'REQUEST_TIMED_OUT',
    `node ${voterId} does not follow the metadata log: it is kept by node ${cluster.controllerId}`,
  )
}

/** Why a voter is not removed: it is none, or the last one (Kafka: RemoveVoterHandler). */
export function voterRemovalRefusal(voter: Voter, known: Known): KafkaError {
  const invalid = invalidVoter(voter, known)
  if (invalid) return invalid
  if (!known.features.hasDynamicVoters) return staticVoters()
  const { controllerId } = known.cluster
  return new KafkaError(
    'VOTER_NOT_FOUND',
    voter.voterId === controllerId
      ? `node ${controllerId} is the only voter`
      : `the only voter is node ${controllerId}`,
  )
}

function invalidVoter(voter: Voter, { cluster }: Known): KafkaError | undefined {
  const { clusterId, voterId, voterDirectoryId } = voter
  if (clusterId !== null && clusterId !== cluster.id) {
    return new KafkaError('INCONSISTENT_CLUSTER_ID', `this is cluster ${cluster.id}`)
  }
  if (voterId >= 0 && voterDirectoryId !== zeroUuid) return undefined
  return new KafkaError('INVALID_REQUEST', 'a voter has an id and a directory id')
}

function staticVoters(): KafkaError {
  return new KafkaError('UNSUPPORTED_VERSION', 'voters are fixed as long as kraft.version is 0')
}
