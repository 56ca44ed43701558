/** What is asked of both brokers: scenarios, each of which is a case in each version. */
import type { Api } from '../../protocol/api.ts'
import type { Session } from './session.ts'

/** A script, or one request by its body. */
export type Script<RequestIn, Response> = (
  session: Session<RequestIn, Response>,
) => RequestIn | Promise<RequestIn | void>

export interface Scenario {
  readonly api: Api
  /** Unlike those of all other scenarios of the API. */
  readonly name: string
  readonly since: number
  readonly until: number
  /** Nothing else runs meanwhile: it changes, or sees, what is the whole cluster's. */
  readonly alone: boolean
  /** Only in the last version that both brokers serve. */
  readonly last: boolean
  /** Of the cluster that it needs. */
  readonly brokers: Brokers
  readonly run: (session: Session<never>) => unknown
}

/** What the oracle starts: one broker, or three. */
export type Brokers = 1 | 3

interface Bounds {
  /** First and last version, if not all that both brokers serve. */
  since?: number
  until?: number
  alone?: boolean
  last?: boolean
  brokers?: Brokers
}

/** Scenarios of an API, by their names. */
export function scenarios<RequestIn, Response, ResponseIn>(
  api: Api<unknown, RequestIn, Response, ResponseIn>,
  scripts: Readonly<Record<string, Script<RequestIn, Response>>>,
  { since = 0, until = Infinity, alone = false, last = false, brokers = 1 }: Bounds = {},
): Scenario[] {
  return Object.entries(scripts).map(([name, script]) => ({
    api: api as unknown as Api,
    name,
    since,
    until,
    alone,
    last,
    brokers,
    run: script as unknown as Scenario['run'],
  }))
}

/** Made once for each broker, by the first who asks for it. */
export function shared<T>(
  name: string,
  make: (session: Session<never>) => Promise<T>,
): (session: Session<never>) => Promise<T> {
  const made = new WeakMap<object, Promise<T>>()
  return session => {
    const { peer } = session
    session.owns(name)
    const value = made.get(peer) ?? session.outside(name, make)
    made.set(peer, value)
    return value
  }
}
