import { silentLogger } from '../../src/logger.ts'

/** What dispatch asks for each request, where nothing is out of the ordinary. */
export const idleServices = {
  config: { development: false },
  logger: silentLogger,
  throttles: { isActive: false },
  faults: { intervene: <Way>(way: Way): Way => way },
}
