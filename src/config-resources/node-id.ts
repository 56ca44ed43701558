import { KafkaError } from '../../protocol/errors.ts'

/** Throws INVALID_REQUEST for any broker but the one that was asked. */
export function checkNodeId(name: string, nodeId: number): void {
  if (!/^[+-]?\d{1,10}$/.test(name)) {
    throw new KafkaError('INVALID_REQUEST', `Broker id must be an integer, but it is: ${name}`)
  }
  if (Number(name) !== nodeId) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Unexpected broker id, expected ${nodeId}, but received ${name}`,
    )
  }
}
