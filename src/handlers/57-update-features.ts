/**
 * UpdateFeatures: v0–2, always flexible (KIP-584). v1 types of downgrades and validation only
 * (KIP-778), v2 has no results of single features (KIP-1022). All updates are made or none. As in
 * Kafka 4, v0 cannot downgrade: its allowDowngrade has no effect.
 */
import { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { upgradeTypeOf } from '../features.ts'
import { handle } from '../handler.ts'

export default handle(updateFeatures, {
  async run({ featureUpdates, validateOnly }, { features }) {
    const updates = featureUpdates.map(({ feature, maxVersionLevel, upgradeType }) => {
      return { feature, level: maxVersionLevel, type: upgradeTypeOf(upgradeType) }
    })
    try {
      await features.update(updates, validateOnly)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const errorMessage = `no feature is updated: ${error.message}`
      return { errorCode: error.code, errorMessage, results: [] }
    }
    return {
      errorCode: errors.NONE,
      errorMessage: null,
      results: updates.map(({ feature }) => {
        return { feature, errorCode: errors.NONE, errorMessage: 'NONE' }
      }),
    }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({
    errorCode,
    errorMessage,
    results: [],
  }),
})
