/** What is asked of both brokers: scenarios, each of which is a case in each version. */
import type { Api } from '../../protocol/api.ts'
import type { Session } from './session.ts'
import { userPrefix } from './users.ts'

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
  /** Only in the first and the last. */
  readonly ends: boolean
  readonly setting: Setting
  /** If not one that the scenario has to itself. */
  readonly user?: string
  readonly run: (session: Session<never>) => unknown
}

/**
 * What a case needs: one broker, three, or one that asks clients who they are, and what they may.
 * Where nothing is said of a resource, only super users may use it, but for the last setting.
 */
export const settings = ['one broker', 'three brokers', 'secured', 'permissive'] as const
export type Setting = (typeof settings)[number]

export interface Bounds {
  /** First and last version, if not all that both brokers serve. */
  since?: number
  until?: number
  alone?: boolean
  last?: boolean
  ends?: boolean
  setting?: Setting
  user?: string
}

/** A scenario's name, as it stands in those of its topics and groups. */
export function inNames({ name }: Pick<Scenario, 'name'>): string {
  return name.replaceAll(/-(?=\d)/g, 'minus-').replaceAll(/[^a-zA-Z0-9]+/g, '-')
}

/** Who asks, where clients say who they are; nobody else's rights are theirs. */
export function userOf({ api, name, user }: Scenario): string {
  return user ?? `${userPrefix}${api.key}-${inNames({ name })}`
}

/** Scenarios of an API, by their names. */
export function scenarios<RequestIn, Response, ResponseIn>(
  api: Api<unknown, RequestIn, Response, ResponseIn>,
  scripts: Readonly<Record<string, Script<RequestIn, Response>>>,
  {
    since = 0,
    until = Infinity,
    alone = false,
    last = false,
    ends = false,
    setting = 'one broker',
    user,
  }: Bounds = {},
): Scenario[] {
  return Object.entries(scripts).map(([name, script]) => ({
    api: api as unknown as Api,
    name,
    since,
    until,
    alone,
    last,
    ends,
    setting,
    ...(user === undefined ? {} : { user }),
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
