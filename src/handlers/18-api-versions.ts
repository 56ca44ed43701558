/**
 * ApiVersions: v0–4. v3 flexible, names the client's software (KIP-511) and features (KIP-584), v4
 * also those that begin at level 0 (KIP-1022). A version that is not supported is answered in
 * version 0, with the error and the versions of this API alone.
 */
import type { ApiRange } from '../../protocol/api.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

/** What a client may call its software and version (Kafka: ApiVersionsRequest). */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const softwareNameSince = 3
const featuresFromZeroSince = 4

const produceKey = 0

export default handle(apiVersions, {
  run({ clientSoftwareName, clientSoftwareVersion }, context) {
    const { version, apis, features, metadataLog, software, sasl } = context
    const names = [clientSoftwareName, clientSoftwareVersion]
    if (version >= softwareNameSince && !names.every(name => softwareName.test(name))) {
      throw new KafkaError('INVALID_REQUEST')
    }
    sasl?.versionsTold()
    software.name = clientSoftwareName || 'unknown'
    software.version = clientSoftwareVersion || 'unknown'
    return {
      errorCode: errors.NONE,
      apiKeys: apis.map(advertised),
      // Readers of v3 take a first level of 0 for a fault (KAFKA-17492).
      supportedFeatures: features.supported.filter(({ minVersion }) => {
        return minVersion > 0 || version >= featuresFromZeroSince
      }),
      finalizedFeaturesEpoch: metadataLog.highWatermark - 1,
      finalizedFeatures: features.finalized.map(({ name, level }) => {
        return { name, minVersionLevel: level, maxVersionLevel: level }
      }),
    }
  },

  fail: (errorCode, _request, _version, self) => ({
    errorCode,
    apiKeys: errorCode === errors.UNSUPPORTED_VERSION ? [rangeOf(self)] : [],
  }),
})

/**
 * librdkafka compresses only for brokers that have Produce v0, so Kafka names that version and
 * refuses it (KAFKA-18659).
 */
function advertised(api: ApiRange) {
  const range = rangeOf(api)
  return api.key === produceKey ? { ...range, minVersion: 0 } : range
}

function rangeOf({ key, versions }: ApiRange) {
  return { apiKey: key, minVersion: versions[0], maxVersion: versions[1] }
}
