/** What a fault is, as people write it and as the broker holds it. */
import type { ErrorName } from '../../protocol/errors.ts'
import type { Duration } from '../duration.ts'
import type { ApiName } from './api-errors.ts'

/** What can happen to a request besides an error, a delay and a throttle. */
export const actions = [
  'error',
  'delay',
  'disconnect',
  'drop',
  'truncate',
  'corrupt',
  'throttle',
  'stale-metadata',
  'coordinator-moved',
  'storage-full',
] as const

export type FaultAction = (typeof actions)[number]

/** What a sequence may do to one request. */
export const stepActions = ['ok', 'disconnect', 'drop', 'truncate'] as const

export type FaultStep = (typeof stepActions)[number] | ErrorName

/** Which requests are meant: those for which all of it holds. */
export interface RequestFilter {
  /** Kafka's name of the API, or several of them; without it: every API that the action fits. */
  readonly api?: ApiName | readonly ApiName[]
  /** The request names this topic; `*` stands for any characters. */
  readonly topic?: string
  /** The request names this partition (of the topic, if there is one). */
  readonly partition?: number
  /** The request names this group; `*` stands for any characters. */
  readonly group?: string
  /** The client's id; `*` stands for any characters. */
  readonly client?: string
  /** The request names this transactional id; `*` stands for any characters. */
  readonly transactionalId?: string
  /** The id of the broker that gets the request. */
  readonly node?: number
  /** The version of the request: 9, '9+' or '4-8'. */
  readonly version?: number | string
}

/**
 * When a request is like this, then that happens to it, so many times. Plain data: the same in
 * JavaScript, over HTTP, on the command line and in a seed.
 */
export interface FaultSpec extends RequestFilter {
  /** What happens; not needed beside `error`, `sequence`, or `delay` or `throttle` alone. */
  readonly action?: FaultAction
  /** Kafka's name of the error that is answered; one that this API may answer, unless `force`. */
  readonly error?: ErrorName
  /** The answer comes so much later: milliseconds, or '300ms', '2s'. Goes with every action. */
  readonly delay?: Duration
  /** The client is told to be quiet so long, and is not read meanwhile (KIP-219). */
  readonly throttle?: Duration
  /** What happens to one such request after the other: 'ok', an error, or an action. */
  readonly sequence?: readonly FaultStep[]
  /** 'apply': the request is done first, and its answer is lost or replaced. */
  readonly after?: 'apply'

  /** How many requests (or rounds of the sequence) are hit; 1 if not given; 'always', Infinity. */
  readonly times?: number | 'always' | null
  /** The share of such requests that are hit, above 0 and up to 1; the others do not count. */
  readonly probability?: number
  /** Of the chance: the same seed hits the same requests; 0 if not given. */
  readonly seed?: number
  /** May stay without a hit; of the others, close() tells. */
  readonly optional?: boolean
  /** Takes an error that this API never answers. */
  readonly force?: boolean
}

/** What happens to one request. */
export type Effect =
  | { readonly kind: 'error'; readonly error: ErrorName }
  | { readonly kind: Exclude<FaultAction, 'error' | 'coordinator-moved' | 'storage-full'> | 'ok' }

/** A filter that was checked. */
export interface RequestRule {
  /** Undefined: all. */
  readonly apis: ReadonlySet<string> | undefined
  readonly topic: ((name: string) => boolean) | undefined
  readonly partition: number | undefined
  readonly group: ((name: string) => boolean) | undefined
  readonly client: ((name: string) => boolean) | undefined
  readonly transactionalId: ((name: string) => boolean) | undefined
  readonly node: number | undefined
  readonly versions: readonly [number, number]
}

/** A fault that was checked. */
export interface FaultRule extends RequestRule {
  /** As it was given. */
  readonly spec: FaultSpec
  /** One after the other, in rounds. */
  readonly effects: readonly Effect[]
  readonly delayMs: number
  readonly throttleMs: number
  readonly isAfterApply: boolean
  /** Rounds of the effects. */
  readonly times: number
  readonly probability: number
  readonly seed: number
  readonly isOptional: boolean
}
