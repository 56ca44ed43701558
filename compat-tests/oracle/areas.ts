import type { Scenario } from './scenario.ts'
import { configsScenarios } from './areas/configs.ts'
import { aclsScenarios } from './areas/acls.ts'
import { createTopicsScenarios } from './areas/create-topics.ts'
import { deleteTopicsScenarios } from './areas/delete-topics.ts'
import { fetchScenarios } from './areas/fetch.ts'
import { produceScenarios } from './areas/produce.ts'
import { groupDeletionScenarios } from './areas/group-deletion.ts'
import { groupsScenarios } from './areas/groups.ts'
import { consumerGroupsScenarios } from './areas/consumer-groups.ts'
import { clusterScenarios } from './areas/cluster.ts'
import { offsetsScenarios } from './areas/offsets.ts'
import { partitionsScenarios } from './areas/partitions.ts'
import { framesScenarios } from './areas/frames.ts'
import { brokersScenarios } from './areas/brokers.ts'
import { listOffsetsScenarios } from './areas/list-offsets.ts'
import { metadataScenarios } from './areas/metadata.ts'
import { quotasScenarios } from './areas/quotas.ts'
import { shareGroupsScenarios } from './areas/share-groups.ts'
import { streamsGroupsScenarios } from './areas/streams-groups.ts'
import { scramScenarios } from './areas/scram.ts'
import { delegationTokensScenarios } from './areas/delegation-tokens.ts'
import { shareFetchScenarios } from './areas/share-fetch.ts'
import { transactionsScenarios } from './areas/transactions.ts'
import { transactionPartitionsScenarios } from './areas/transaction-partitions.ts'
import { transactionalReadsScenarios } from './areas/transactional-reads.ts'
import { markersScenarios } from './areas/markers.ts'
import { transactionalWritesScenarios } from './areas/transactional-writes.ts'
import { transactionalOffsetsScenarios } from './areas/transactional-offsets.ts'
import { securedAclsScenarios } from './areas/secured/acls.ts'
import { permissiveScenarios } from './areas/secured/permissive.ts'
import { securedSaslScenarios } from './areas/secured/sasl.ts'
import { securedTopicsScenarios } from './areas/secured/topics.ts'
import { securedMetadataScenarios } from './areas/secured/metadata.ts'
import { securedConfigsScenarios } from './areas/secured/configs.ts'
import { securedClusterScenarios } from './areas/secured/cluster.ts'
import { securedGroupsScenarios } from './areas/secured/groups.ts'
import { securedTransactionsScenarios } from './areas/secured/transactions.ts'
import { securedSharesScenarios } from './areas/secured/shares.ts'

export const allScenarios: readonly Scenario[] = [
  ...configsScenarios,
  ...aclsScenarios,
  ...createTopicsScenarios,
  ...deleteTopicsScenarios,
  ...fetchScenarios,
  ...produceScenarios,
  ...groupsScenarios,
  ...consumerGroupsScenarios,
  ...groupDeletionScenarios,
  ...clusterScenarios,
  ...offsetsScenarios,
  ...partitionsScenarios,
  ...framesScenarios,
  ...brokersScenarios,
  ...listOffsetsScenarios,
  ...metadataScenarios,
  ...delegationTokensScenarios,
  ...quotasScenarios,
  ...scramScenarios,
  ...shareGroupsScenarios,
  ...shareFetchScenarios,
  ...streamsGroupsScenarios,
  ...transactionsScenarios,
  ...transactionPartitionsScenarios,
  ...transactionalWritesScenarios,
  ...transactionalReadsScenarios,
  ...markersScenarios,
  ...transactionalOffsetsScenarios,
  ...securedAclsScenarios,
  ...permissiveScenarios,
  ...securedSaslScenarios,
  ...securedTopicsScenarios,
  ...securedMetadataScenarios,
  ...securedConfigsScenarios,
  ...securedClusterScenarios,
  ...securedGroupsScenarios,
  ...securedTransactionsScenarios,
  ...securedSharesScenarios,
]
