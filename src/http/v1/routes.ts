/** The one list of what is served over HTTP below /v1. */
import type { Route } from '../route.ts'
import { groupRoutes } from './groups.ts'
import { recordRoutes } from './records.ts'
import { statusRoutes } from './status.ts'
import { topicRoutes } from './topics.ts'

export const routes: readonly Route[] = [
  ...statusRoutes,
  ...topicRoutes,
  ...recordRoutes,
  ...groupRoutes,
]
