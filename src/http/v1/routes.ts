/** The one list of what is served over HTTP below /v1. */
import type { Route } from '../route.ts'
import { brokerRoutes } from './brokers.ts'
import { chaosRoutes } from './chaos.ts'
import { clockRoutes } from './clock.ts'
import { copyRoutes } from './copies.ts'
import { faultRoutes } from './faults.ts'
import { groupRoutes } from './groups.ts'
import { recordRoutes } from './records.ts'
import { statusRoutes } from './status.ts'
import { transferRoutes } from './transfer.ts'
import { topicRoutes } from './topics.ts'

export const routes: readonly Route[] = [
  ...statusRoutes,
  ...topicRoutes,
  ...recordRoutes,
  ...groupRoutes,
  ...faultRoutes,
  ...chaosRoutes,
  ...clockRoutes,
  ...brokerRoutes,
  ...copyRoutes,
  ...transferRoutes,
]
