/**
 * ApiVersions: v0–4, the first request of a connection. A version that is not known here is
 * answered in v0 with UNSUPPORTED_VERSION (KIP-511).
 *
 * v3 flexible, the client's name (KIP-511), and features (KIP-584). v4 lets features begin at
 * version 0 (KAFKA-17011).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int64, string, struct } from '../schema.ts'

export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleSince: 3,
  request: struct({
    clientSoftwareName: string.since(3),
    clientSoftwareVersion: string.since(3),
  }),
  response: struct({
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: int32.since(1),
    supportedFeatures: array(struct({ name: string, minVersion: int16, maxVersion: int16 })).tagged(
      0,
      3,
    ),
    /** -1 when it is unknown. */
    finalizedFeaturesEpoch: int64.tagged(1, 3).default(-1),
    finalizedFeatures: array(
      struct({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }),
    ).tagged(2, 3),
    zkMigrationReady: bool.tagged(3, 3),
  }),
})
