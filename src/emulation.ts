/**
 * Serving as a certain release of Apache Kafka does: the APIs and versions that it has, as far as
 * we have them. Others are refused as unknown, so that clients behave as they do with that release.
 */
import { versionsIn, type Release } from '../protocol/releases.ts'
import type { ServedApi } from './served-api.ts'

/** What a release serves of them, each in the versions that it has; all of them for null. */
export function servedBy(release: Release | null, apis: readonly ServedApi[]): ServedApi[] {
  return apis.flatMap(api => {
    const range = release === null ? api.versions : versionsIn(release, api)
    if (range === undefined) return []
    const first = Math.max(range[0], api.versions[0])
    const last = Math.min(range[1], api.versions[1])
    return first > last ? [] : [{ ...api, versions: [first, last] as const }]
  })
}
