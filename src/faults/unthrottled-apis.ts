/** APIs whose answers have no throttle time. */
import type { ApiName } from './api-errors.ts'

export const unthrottledApis: ReadonlySet<ApiName> = new Set<ApiName>([
  'SaslHandshake',
  'WriteTxnMarkers',
  'SaslAuthenticate',
  'DescribeQuorum',
  'InitializeShareGroupState',
  'ReadShareGroupState',
  'WriteShareGroupState',
  'DeleteShareGroupState',
  'ReadShareGroupStateSummary',
])
