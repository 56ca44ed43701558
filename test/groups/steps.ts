import { createConfig, groupConfig, type Config } from '../../src/config.ts'
import { Step, type Surroundings } from '../../src/groups/step.ts'
import { topics } from './topics.ts'

/** What a broker has by default. */
export const defaults: Config = createConfig([]).config

/** A step at a time, by default with what a broker has by default, and the topics a and b. */
export function stepAt(nowMs: number, changed: Partial<Surroundings> = {}): Step {
  const config = changed.config ?? defaults
  return new Step({
    nowMs,
    timestamp: nowMs + 1_000_000,
    config,
    topics,
    groupConfig: () => groupConfig({}, config),
    ...changed,
  })
}
