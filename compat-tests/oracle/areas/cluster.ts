import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { saslHandshake } from '../../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { initProducerId } from '../../../protocol/apis/22-init-producer-id.ts'
import { saslAuthenticate } from '../../../protocol/apis/36-sasl-authenticate.ts'
import { describeQuorum } from '../../../protocol/apis/55-describe-quorum.ts'
import { updateFeatures } from '../../../protocol/apis/57-update-features.ts'
import { describeCluster } from '../../../protocol/apis/60-describe-cluster.ts'
import { unregisterBroker } from '../../../protocol/apis/64-unregister-broker.ts'
import { addRaftVoter } from '../../../protocol/apis/80-add-raft-voter.ts'
import { removeRaftVoter } from '../../../protocol/apis/81-remove-raft-voter.ts'
import type { Input } from '../../../protocol/schema.ts'
import { scenarios } from '../scenario.ts'

function software(clientSoftwareName: string, clientSoftwareVersion: string) {
  return () => ({ clientSoftwareName, clientSoftwareVersion })
}

const apiVersionsScenarios = [
  ...scenarios(apiVersions, {
    'of a known client': software('oracle', '1.0'),
    twice: async s => {
      await s.ask(software('oracle', '1.0')())
      await s.ask(software('oracle', '1.0')())
    },
  }),
  ...scenarios(
    apiVersions,
    {
      'a client without a name': software('', '1.0'),
      'a client without a version': software('oracle', ''),
      'a client with a space in its name': software('the oracle', '1.0'),
      'a client with a letter beyond ASCII': software('öracle', '1.0'),
      'a client that begins with a dash': software('-oracle', '1.0'),
      'a client with dots and dashes': software('the.oracle-1', '1.0-x.y'),
      'a client with a long name': software('o'.repeat(300), '1'),
    },
    { since: 3 },
  ),
]

function coordinators(keyType: number, ...keys: string[]) {
  return { key: keys[0] ?? '', keyType, coordinatorKeys: keys }
}

const findCoordinatorScenarios = [
  ...scenarios(findCoordinator, {
    'of a group': s => coordinators(0, s.name()),
    'of an empty group id': () => coordinators(0, ''),
    'of the group __proto__': () => coordinators(0, '__proto__'),
    'of a group with a slash': () => coordinators(0, 'a/b'),
    'of a group with a long id': () => coordinators(0, 'g'.repeat(300)),
  }),
  ...scenarios(
    findCoordinator,
    {
      'of an unknown type': () => coordinators(9, 'a'),
      'of type -1': () => coordinators(-1, 'a'),
    },
    { since: 1 },
  ),
  ...scenarios(
    findCoordinator,
    {
      'of no groups': () => coordinators(0),
      'of several groups': s => coordinators(0, s.name('a'), s.name('b')),
      'of the same group twice': s => coordinators(0, s.name(), s.name()),
      'of a group and an empty id': s => coordinators(0, s.name(), ''),
    },
    { since: 4 },
  ),
]

const initProducerIdScenarios = [
  ...scenarios(initProducerId, {
    'of an idempotent producer': () => ({ transactionalId: null, transactionTimeoutMs: 9999 }),
    twice: async s => {
      await s.ask({ transactionalId: null, transactionTimeoutMs: 9999 })
      await s.ask({ transactionalId: null, transactionTimeoutMs: 9999 })
    },
    'of an idempotent producer with timeout 0': () => {
      return { transactionalId: null, transactionTimeoutMs: 0 }
    },
    'of an idempotent producer with timeout -1': () => {
      return { transactionalId: null, transactionTimeoutMs: -1 }
    },
    'an empty transactional id': () => ({ transactionalId: '', transactionTimeoutMs: 9999 }),
  }),
  ...scenarios(
    initProducerId,
    {
      'with an id': () => {
        const producer = { producerId: 5, producerEpoch: 1 }
        return { transactionalId: null, transactionTimeoutMs: 9999, ...producer }
      },
      'with an id and no epoch': () => {
        const producer = { producerId: 5, producerEpoch: -1 }
        return { transactionalId: null, transactionTimeoutMs: 9999, ...producer }
      },
      'with an epoch and no id': () => {
        const producer = { producerId: -1, producerEpoch: 3 }
        return { transactionalId: null, transactionTimeoutMs: 9999, ...producer }
      },
      'with the last epoch': () => {
        const producer = { producerId: 5, producerEpoch: 32_767 }
        return { transactionalId: null, transactionTimeoutMs: 9999, ...producer }
      },
    },
    { since: 3 },
  ),
]

type Cluster = Input<typeof describeCluster.request>

function cluster(fields: Partial<Cluster>) {
  return () => ({ includeClusterAuthorizedOperations: false, ...fields })
}

const describeClusterScenarios = [
  ...scenarios(describeCluster, {
    'the brokers': cluster({}),
    'with authorized operations': cluster({ includeClusterAuthorizedOperations: true }),
  }),
  ...scenarios(
    describeCluster,
    {
      'the controllers': cluster({ endpointType: 2 }),
      'an unknown kind': cluster({ endpointType: 7 }),
      'kind 0': cluster({ endpointType: 0 }),
    },
    { since: 1 },
  ),
  ...scenarios(
    describeCluster,
    { 'with fenced brokers': cluster({ includeFencedBrokers: true }) },
    { since: 2 },
  ),
]

function quorum(...topics: [topicName: string, partitions: number[]][]) {
  return () => ({
    topics: topics.map(([topicName, partitions]) => ({
      topicName,
      partitions: partitions.map(partitionIndex => ({ partitionIndex })),
    })),
  })
}

const describeQuorumScenarios = scenarios(describeQuorum, {
  'of the metadata': quorum(['__cluster_metadata', [0]]),
  'of partition 1 of the metadata': quorum(['__cluster_metadata', [1]]),
  'of both': quorum(['__cluster_metadata', [0, 1]]),
  'of another topic': quorum(['other', [0]]),
  'of nothing': quorum(),
  'of no partitions': quorum(['__cluster_metadata', []]),
  'of the metadata and another': quorum(['__cluster_metadata', [0]], ['other', [0]]),
})

type Update = NonNullable<Input<typeof updateFeatures.request>['featureUpdates']>[number]

function update(...featureUpdates: Partial<Update>[]) {
  return () => ({
    timeoutMs: 9999,
    validateOnly: true,
    featureUpdates: featureUpdates.map(fields => {
      return { feature: 'group.version', maxVersionLevel: 1, upgradeType: 1, ...fields }
    }),
  })
}

function metadataVersion(maxVersionLevel: number, upgradeType: number): Partial<Update> {
  return { feature: 'metadata.version', maxVersionLevel, upgradeType }
}

const updateFeaturesScenarios = scenarios(
  updateFeatures,
  {
    nothing: update(),
    'an unknown feature': update({ feature: 'oracle.version' }),
    'a feature without a name': update({ feature: '' }),
    'the feature __proto__': update({ feature: '__proto__' }),
    'a level that is there': update({}),
    'a level beyond what is supported': update({ maxVersionLevel: 99 }),
    'a level below 0': update({ maxVersionLevel: -1 }),
    'a lower level, without saying so': update({ maxVersionLevel: 0 }),
    'a lower level': update({ maxVersionLevel: 0, upgradeType: 2 }),
    'a lower level, unsafely': update({ maxVersionLevel: 0, upgradeType: 3 }),
    'an unknown kind of update': update({ upgradeType: 9 }),
    'the same feature twice': update({}, { maxVersionLevel: 0, upgradeType: 2 }),
    'two features': update({}, { feature: 'transaction.version', maxVersionLevel: 2 }),
    'a good one and a bad one': update({}, { feature: 'oracle.version' }),
    'the metadata version, as it is': update(metadataVersion(30, 1)),
    'the metadata version to come': update(metadataVersion(31, 1)),
    'the metadata version of long ago': update(metadataVersion(1, 2)),
    'the metadata version before, as an upgrade': update(metadataVersion(29, 1)),
    'the metadata version before': update(metadataVersion(29, 2)),
    'the metadata version before, unsafely': update(metadataVersion(29, 3)),
    'the first metadata version, safely': update(metadataVersion(7, 2)),
    'metadata version 0': update(metadataVersion(0, 3)),
    'the quorum version': update({ feature: 'kraft.version', maxVersionLevel: 1 }),
    'the quorum version to come': update({ feature: 'kraft.version', maxVersionLevel: 2 }),
  },
  { since: 1 },
)

const raftScenarios = [
  ...scenarios(unregisterBroker, {
    'a broker that is not there': () => ({ brokerId: 77 }),
    'broker -1': () => ({ brokerId: -1 }),
  }),
  ...scenarios(addRaftVoter, {
    'a voter': () => ({
      clusterId: null,
      timeoutMs: 100,
      voterId: 9,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAZQ',
      listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
    }),
    'a voter of another cluster': () => ({
      clusterId: 'another',
      timeoutMs: 100,
      voterId: 9,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAZQ',
      listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }],
    }),
    'a voter without listeners': () => ({
      clusterId: null,
      timeoutMs: 100,
      voterId: 9,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAZQ',
      listeners: [],
    }),
  }),
  ...scenarios(removeRaftVoter, {
    'a voter that is not there': () => ({
      clusterId: null,
      voterId: 9,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAZQ',
    }),
    'a voter of another cluster': () => ({
      clusterId: 'another',
      voterId: 9,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAZQ',
    }),
  }),
]

const saslScenarios = [
  ...scenarios(saslHandshake, {
    'where nobody asks for it': () => ({ mechanism: 'PLAIN' }),
    'of an unknown mechanism': () => ({ mechanism: 'SECRET' }),
  }),
  ...scenarios(saslAuthenticate, {
    'where nobody asks for it': () => ({ authBytes: Buffer.from('\0user\0secret') }),
  }),
]

export const clusterScenarios = [
  ...apiVersionsScenarios,
  ...findCoordinatorScenarios,
  ...initProducerIdScenarios,
  ...describeClusterScenarios,
  ...describeQuorumScenarios,
  ...updateFeaturesScenarios,
  ...raftScenarios,
  ...saslScenarios,
]
