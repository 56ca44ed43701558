/**
 * Types only: what requests and answers look like, of the APIs of producers and consumers. All of
 * them would be much for whoever compiles against the package.
 */
import type { produce } from '../../protocol/apis/00-produce.ts'
import type { fetch } from '../../protocol/apis/01-fetch.ts'
import type { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import type { metadata } from '../../protocol/apis/03-metadata.ts'
import type { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import type { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import type { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import type { joinGroup } from '../../protocol/apis/11-join-group.ts'
import type { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import type { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import type { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import type { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import type { createTopics } from '../../protocol/apis/19-create-topics.ts'
import type { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import type { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import type { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import type { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import type { endTxn } from '../../protocol/apis/26-end-txn.ts'
import type { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import type { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import type { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import type { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import type { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import type { Infer, Input } from '../../protocol/schema.ts'

interface Messages {
  Produce: typeof produce
  Fetch: typeof fetch
  ListOffsets: typeof listOffsets
  Metadata: typeof metadata
  OffsetCommit: typeof offsetCommit
  OffsetFetch: typeof offsetFetch
  FindCoordinator: typeof findCoordinator
  JoinGroup: typeof joinGroup
  Heartbeat: typeof heartbeat
  LeaveGroup: typeof leaveGroup
  SyncGroup: typeof syncGroup
  ApiVersions: typeof apiVersions
  CreateTopics: typeof createTopics
  DeleteTopics: typeof deleteTopics
  InitProducerId: typeof initProducerId
  AddPartitionsToTxn: typeof addPartitionsToTxn
  AddOffsetsToTxn: typeof addOffsetsToTxn
  EndTxn: typeof endTxn
  TxnOffsetCommit: typeof txnOffsetCommit
  ConsumerGroupHeartbeat: typeof consumerGroupHeartbeat
  ShareGroupHeartbeat: typeof shareGroupHeartbeat
  ShareFetch: typeof shareFetch
  ShareAcknowledge: typeof shareAcknowledge
}

export type TypedApi = keyof Messages

/** A decoded request; a field that its version lacks has its default. */
export type RequestOf<A extends TypedApi> = Infer<Messages[A]['request']>

/** An answer as it is encoded; what has a default may be left out. */
export type AnswerOf<A extends TypedApi> = Input<Messages[A]['response']>
