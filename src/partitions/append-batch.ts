import { validateBatch, type ValidBatch } from '../batch-validation.ts'
import type { Context } from '../handler.ts'
import type { Appended, AppendOptions, Partition } from './partition.ts'
import type { Topic } from '../topics.ts'

/**
 * Appends a batch that a client has sent, as its topic's configs want it. Where it has to be made
 * ready first, what comes for the partition meanwhile waits behind it.
 */
export function appendBatch(
  partition: Partition,
  topic: Topic,
  batch: ValidBatch,
  { acks, isAdmitted }: Omit<AppendOptions, 'logAppendTime'>,
  context: Pick<Context, 'clock' | 'config' | 'nodeId'>,
): Promise<Appended> {
  const { logAppendTime, minInsyncReplicas } = topic.config
  if (acks === -1) partition.checkInSync(minInsyncReplicas)
  const valid = validateBatch(batch, topic.config, {
    nowMs: context.clock.now(),
    opensAll: context.config.compressedRecordValidation,
  })
  return partition.appends.run(valid, ({ bytes, header }) => {
    partition.checkLeader(context.nodeId, -1)
    return partition.append(bytes, header, { acks, logAppendTime, isAdmitted })
  })
}
