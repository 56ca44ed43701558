/**
 * Serving as a certain release of Apache Kafka does: the APIs and versions that it has, as far as
 * we have them. Others are refused as unknown, so that clients behave as they do with that release.
 */
import { versionsIn, type Release } from '../protocol/releases.ts'
import type { Handler } from './handler.ts'

/** The handlers that a release has, each for the versions that it has; all of them for null. */
export function handlersOf(release: Release | null, handlers: readonly Handler[]): Handler[] {
  return handlers.flatMap(handler => {
    const { api } = handler
    const range = release === null ? api.versions : versionsIn(release, api)
    if (range === undefined) return []
    const first = Math.max(range[0], api.versions[0])
    const last = Math.min(range[1], api.versions[1])
    return first > last ? [] : [{ ...handler, api: { ...api, versions: [first, last] as const } }]
  })
}
