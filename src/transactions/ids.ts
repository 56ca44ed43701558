import { KafkaError } from '../../protocol/errors.ts'
import type { Context } from '../handler.ts'

/** Throws INVALID_REQUEST for an empty id, NOT_COORDINATOR where another node has it. */
export function checkTransactionalId(
  transactionalId: string,
  { cluster, nodeId }: Pick<Context, 'cluster' | 'nodeId'>,
): void {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
  cluster.checkCoordinator(transactionalId, nodeId)
}
