/** What takes a right to the cluster as a whole. */
import { alterReassignments } from '../../../../protocol/apis/45-alter-partition-reassignments.ts'
import { listReassignments } from '../../../../protocol/apis/46-list-partition-reassignments.ts'
import { alterReplicaLogDirs } from '../../../../protocol/apis/34-alter-replica-log-dirs.ts'
import { describeLogDirs } from '../../../../protocol/apis/35-describe-log-dirs.ts'
import { electLeaders } from '../../../../protocol/apis/43-elect-leaders.ts'
import { describeClientQuotas } from '../../../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../../../protocol/apis/49-alter-client-quotas.ts'
import { describeUserScram } from '../../../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../../../protocol/apis/51-alter-user-scram-credentials.ts'
import { describeQuorum } from '../../../../protocol/apis/55-describe-quorum.ts'
import { updateFeatures } from '../../../../protocol/apis/57-update-features.ts'
import { unregisterBroker } from '../../../../protocol/apis/64-unregister-broker.ts'
import { addRaftVoter } from '../../../../protocol/apis/80-add-raft-voter.ts'
import { removeRaftVoter } from '../../../../protocol/apis/81-remove-raft-voter.ts'
import { zeroUuid } from '../../../../protocol/wire.ts'
import { guarded, type Need } from '../../guarded.ts'

const alter: Need[] = [['alter', 'cluster']]
const describe: Need[] = [['describe', 'cluster']]
const alterConfigs: Need[] = [['alterConfigs', 'cluster']]
const describeConfigs: Need[] = [['describeConfigs', 'cluster']]

export const securedClusterScenarios = [
  ...guarded(alterReplicaLogDirs, 'to nowhere', alter, async s => {
    const { name } = await s.topic()
    return { dirs: [{ path: '/nowhere', topics: [{ name, partitions: [0] }] }] }
  }),
  ...guarded(describeLogDirs, 'of a topic', describe, async s => {
    const { name: topic } = await s.topic()
    return { topics: [{ topic, partitions: [0] }] }
  }),
  ...guarded(electLeaders, 'of a topic', alter, async s => {
    const { name: topic } = await s.topic()
    return { electionType: 0, topicPartitions: [{ topic, partitions: [0] }], timeoutMs: 9999 }
  }),
  ...guarded(alterReassignments, 'of a topic', alter, async s => {
    const { name } = await s.topic()
    return { topics: [{ name, partitions: [{ partitionIndex: 0, replicas: [1] }] }] }
  }),
  ...guarded(listReassignments, 'of all', describe, () => ({ topics: null })),
  ...guarded(describeClientQuotas, 'of a user', describeConfigs, s => {
    return { components: [{ entityType: 'user', matchType: 0, match: s.name() }], strict: false }
  }),
  ...guarded(alterClientQuotas, 'of a user', alterConfigs, s => {
    const entity = [{ entityType: 'user', entityName: s.name() }]
    const ops = [{ key: 'producer_byte_rate', value: 1000, remove: false }]
    return { entries: [{ entity, ops }], validateOnly: false }
  }),
  ...guarded(alterClientQuotas, 'of no key that there is', alterConfigs, s => {
    const entity = [{ entityType: 'user', entityName: s.name() }]
    const ops = [{ key: 'nonsense', value: 1000, remove: false }]
    return { entries: [{ entity, ops }], validateOnly: true }
  }),
  ...guarded(describeUserScram, 'of a user', describe, s => {
    return { users: [{ name: s.name() }] }
  }),
  ...guarded(alterUserScram, 'of a user', alter, s => {
    const bytes = Buffer.alloc(32, 7)
    const user = { name: s.name(), mechanism: 1, iterations: 4096 }
    const upsertions = [{ ...user, salt: bytes, saltedPassword: bytes }]
    return { deletions: [{ name: s.name('none'), mechanism: 1 }], upsertions }
  }),
  ...guarded(describeQuorum, 'of the metadata', describe, () => {
    const partitions = [{ partitionIndex: 0 }]
    return { topics: [{ topicName: '__cluster_metadata', partitions }] }
  }),
  ...guarded(updateFeatures, 'of one that there is not', alter, () => ({
    featureUpdates: [{ feature: 'nonsense', maxVersionLevel: 1, allowDowngrade: false }],
    validateOnly: true,
  })),
  ...guarded(unregisterBroker, 'one that is not there', alter, () => ({ brokerId: 77 })),
  ...guarded(addRaftVoter, 'of another cluster', alter, () => ({
    clusterId: 'another',
    timeoutMs: 9999,
    voterId: 9,
    voterDirectoryId: zeroUuid,
    listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
  })),
  ...guarded(removeRaftVoter, 'of another cluster', alter, () => {
    return { clusterId: 'another', voterId: 9, voterDirectoryId: zeroUuid }
  }),
]
