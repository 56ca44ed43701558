/**
 * InitProducerId: v0–5. v2 flexible; v3 current id and epoch (KIP-360); v4 PRODUCER_FENCED; v5
 * KIP-890. Transactional ids are refused until transactions are served.
 */
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(initProducerId, {
  async run({ transactionalId, producerId, producerEpoch }, { cluster }) {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
    if (producerId >= 0 !== producerEpoch >= 0) throw new KafkaError('INVALID_REQUEST')
    if (transactionalId !== null) throw new KafkaError('UNSUPPORTED_VERSION')
    // Without transactions a producer gets a new id whatever it had (TransactionCoordinator).
    return {
      errorCode: errors.NONE,
      producerId: await cluster.nextProducerId(),
      producerEpoch: 0,
    }
  },

  fail: errorCode => ({ errorCode, producerId: -1, producerEpoch: -1 }),
})
