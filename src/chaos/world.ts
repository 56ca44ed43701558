import type { Broker } from '../broker.ts'
import type { ArmedFault } from '../faults/armed-fault.ts'
import type { FaultSpec } from '../faults/spec.ts'

/** What a scenario may do, and by what it decides. */
export interface World {
  readonly broker: Pick<Broker, 'nodes' | 'services'>
  /** An integer in [0, limit), by the seed. */
  below(limit: number): number
  /** Until half of the time between two steps is over; false when the scenario is stopped. */
  half(): Promise<boolean>
  fault(spec: FaultSpec): ArmedFault
  /** What has happened, for people. */
  tell(what: string): void
}
