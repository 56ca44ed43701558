/** From a fault as somebody wrote it, in whatever language, to one that the broker can hold. */
import { errors, type ErrorName } from '../../protocol/errors.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { nearestName } from '../config/nearest-name.ts'
import { durationMs } from '../duration.ts'
import { apiNames, coordinatedApis, errorsOf, type ApiName } from './api-errors.ts'
import { unthrottledApis } from './unthrottled-apis.ts'
import {
  actions,
  stepActions,
  type Effect,
  type FaultAction,
  type FaultRule,
  type FaultSpec,
  type RequestFilter,
  type RequestRule,
} from './spec.ts'
import { wildcard } from './wildcard.ts'

type Given = Readonly<Record<string, unknown>>

/** The APIs that an action makes sense for, where that is not all. */
const apisOfAction: Partial<Record<FaultAction, readonly ApiName[]>> = {
  corrupt: ['Fetch', 'ShareFetch'],
  throttle: apiNames.filter(api => !unthrottledApis.has(api)),
  'stale-metadata': ['Metadata', 'DescribeTopicPartitions'],
  'coordinator-moved': coordinatedApis,
  'storage-full': ['Produce'],
}

const filterFields = [
  'api',
  'topic',
  'partition',
  'group',
  'client',
  'transactionalId',
  'node',
  'version',
] as const satisfies readonly (keyof RequestFilter)[]

const fields = [
  ...filterFields,
  'action',
  'error',
  'delay',
  'throttle',
  'sequence',
  'after',
  'times',
  'probability',
  'seed',
  'optional',
  'force',
] as const satisfies readonly (keyof FaultSpec)[]

/** Throws an InvalidInput that says what is wrong with it. */
export function checkFault(value: unknown): FaultRule {
  const given = checkObject(value, fields, 'a fault is', '{ "api": "Produce", "delay": "300ms" }')
  const action = actionOf(given)
  const apis = apisOf(given, action)
  const isForced = flag(given, 'force')
  const effects = effectsOf(given, action)
  for (const effect of effects) {
    if (effect.kind === 'error' && !isForced) checkAnswers(apis, effect.error)
  }
  return {
    spec: given,
    ...ruleOf(given, apis),
    effects,
    delayMs: time(given, 'delay'),
    throttleMs: time(given, 'throttle'),
    isAfterApply: isAfterApply(given, action),
    times: timesOf(given['times']),
    probability: probabilityOf(given['probability']),
    seed: whole(given, 'seed') ?? 0,
    isOptional: flag(given, 'optional'),
  }
}

/** The same for a filter alone. */
export function checkFilter(value: unknown): RequestRule {
  const given = checkObject(value, filterFields, 'requests are chosen by', '{ api: "Produce" }')
  return ruleOf(given, given['api'] === undefined ? undefined : namedApis(given['api']))
}

function checkObject(value: unknown, names: readonly string[], is: string, example: string): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput(`${is} an object, such as ${example}`)
  }
  for (const [name, part] of Object.entries(value)) {
    if (part !== undefined && !names.includes(name)) throw unknown('field', name, names)
  }
  return value as Given
}

function ruleOf(given: Given, apis: readonly ApiName[] | undefined): RequestRule {
  return {
    apis: apis && new Set(apis),
    topic: pattern(given, 'topic'),
    partition: whole(given, 'partition'),
    group: pattern(given, 'group'),
    client: pattern(given, 'client'),
    transactionalId: pattern(given, 'transactionalId'),
    node: whole(given, 'node'),
    versions: versionsOf(given['version']),
  }
}

/** What is to happen, said or meant. */
function actionOf(given: Given): FaultAction | 'sequence' {
  const said = given['action']
  const means = ['error', 'sequence', 'throttle', 'delay'] as const
  const meant = means.find(name => given[name] !== undefined)
  if (said === undefined) {
    if (meant === undefined) {
      throw new InvalidInput('a fault needs an error, a delay, a throttle, a sequence or an action')
    }
    if (meant === 'error' && given['sequence'] !== undefined) {
      throw new InvalidInput('a fault has either an error or a sequence')
    }
    return meant
  }
  const action = known('action', said, actions)
  for (const other of ['error', 'sequence', 'throttle'] as const) {
    if (given[other] !== undefined && other !== action && action !== 'delay') {
      throw new InvalidInput(`a fault has either the action ${action} or ${article(other)}`)
    }
  }
  const needs = action === 'error' || action === 'delay' || action === 'throttle'
  if (needs && given[action] === undefined) {
    throw new InvalidInput(`the action ${action} needs ${example[action]}`)
  }
  return action
}

const article = (name: string): string => (name === 'error' ? 'an error' : `a ${name}`)

const example = {
  error: 'an error, such as error: "NOT_LEADER_OR_FOLLOWER"',
  delay: 'a time, such as delay: "300ms"',
  throttle: 'a time, such as throttle: "1s"',
}

function apisOf(given: Given, action: FaultAction | 'sequence'): readonly ApiName[] | undefined {
  const fitting = action === 'sequence' ? undefined : apisOfAction[action]
  const value = given['api']
  if (value === undefined) return fitting
  const asked = namedApis(value)
  for (const api of asked) {
    if (fitting === undefined || fitting.includes(api)) continue
    const few = fitting.length > 4 ? '' : `: that is for ${fitting.join(' and ')}`
    throw new InvalidInput(`the action ${action} does not fit ${api}${few}`)
  }
  return asked
}

function namedApis(value: unknown): ApiName[] {
  const asked = (Array.isArray(value) ? value : [value]).map(name => known('API', name, apiNames))
  if (asked.length === 0) throw new InvalidInput('api: name at least one API, or leave it out')
  return asked
}

function effectsOf(given: Given, action: FaultAction | 'sequence'): Effect[] {
  switch (action) {
    case 'error':
      return [{ kind: 'error', error: errorOf(given['error']) }]
    case 'coordinator-moved':
      return [{ kind: 'error', error: 'NOT_COORDINATOR' }]
    case 'storage-full':
      return [{ kind: 'error', error: 'KAFKA_STORAGE_ERROR' }]
    case 'sequence':
      return stepsOf(given['sequence'])
    default:
      return [{ kind: action }]
  }
}

function stepsOf(value: unknown): Effect[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidInput('sequence: a list such as ["ok", "REBALANCE_IN_PROGRESS", "ok"]')
  }
  return value.map((step): Effect => {
    const action = stepActions.find(name => name === step)
    return action ? { kind: action } : { kind: 'error', error: errorOf(step, stepActions) }
  })
}

const errorNames = (Object.keys(errors) as ErrorName[]).filter(name => name !== 'NONE')

function errorOf(value: unknown, or: readonly string[] = []): ErrorName {
  return known('error', value, [...errorNames, ...or]) as ErrorName
}

function checkAnswers(apis: readonly ApiName[] | undefined, error: ErrorName): void {
  const answering = apiNames.filter(api => errorsOf(api).has(error))
  if (apis === undefined) {
    throw new InvalidInput(`error ${error}: name the api, ${examples(answering)}`)
  }
  const wrong = apis.find(api => !answering.includes(api))
  if (wrong === undefined) return
  const others = answering.length > 0 ? `, but ${examples(answering)} may` : ''
  throw new InvalidInput(
    `error ${error}: ${wrong} never answers it${others}; force: true has it answered all the same`,
  )
}

function examples(apis: readonly string[]): string {
  return apis.length > 3 ? `for instance ${apis.slice(0, 3).join(', ')}` : apis.join(', ')
}

/** Case, dashes and underscores do not matter: `not-leader-or-follower`, `offset-commit`. */
function known<Name extends string>(what: string, value: unknown, names: readonly Name[]): Name {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const found = names.find(name => name === text) ?? names.find(name => plain(name) === plain(text))
  if (found === undefined) throw unknown(what, text, names)
  return found
}

const plain = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase()

function unknown(what: string, text: string, names: readonly string[]): InvalidInput {
  const near = nearestName(plain(text), names.map(plain))
  const meant = names.find(name => plain(name) === near)
  const list = names.length > 20 ? '' : `; there are ${names.join(', ')}`
  return new InvalidInput(`unknown ${what} ${text}${meant ? `: did you mean ${meant}?` : list}`)
}

function pattern(given: Given, field: keyof FaultSpec): ((name: string) => boolean) | undefined {
  const value = given[field]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') {
    throw new InvalidInput(`${field}: a name, in which * stands for any characters`)
  }
  return wildcard(value)
}

function whole(given: Given, field: keyof FaultSpec): number | undefined {
  const value = given[field]
  if (value === undefined) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new InvalidInput(`${field}: a whole number from 0 on, not ${JSON.stringify(value)}`)
}

function flag(given: Given, field: keyof FaultSpec): boolean {
  const value = given[field]
  if (value === undefined || typeof value === 'boolean') return value ?? false
  throw new InvalidInput(`${field}: true or false, not ${JSON.stringify(value)}`)
}

/** Longer than this, and a client has given up whatever it asked for. */
const maxTimeMs = 3_600_000

function time(given: Given, field: 'delay' | 'throttle'): number {
  const value = given[field]
  const ms = value === undefined ? 0 : durationMs(value)
  if (ms !== undefined && ms <= maxTimeMs) return ms
  const text = JSON.stringify(value)
  throw new InvalidInput(
    `${field}: milliseconds, or a time such as "300ms", up to "1h", not ${text}`,
  )
}

function versionsOf(value: unknown): readonly [number, number] {
  if (value === undefined) return [0, Infinity]
  const text = typeof value === 'number' ? String(value) : value
  const parts = typeof text === 'string' && /^(\d{1,4})(?:(\+)|-(\d{1,4}))?$/.exec(text.trim())
  if (parts) {
    const first = Number(parts[1])
    const last = parts[2] ? Infinity : Number(parts[3] ?? first)
    if (first <= last) return [first, last]
  }
  throw new InvalidInput(`version: 9, "9+" or "4-8", not ${JSON.stringify(value)}`)
}

function isAfterApply(given: Given, action: FaultAction | 'sequence'): boolean {
  const value = given['after']
  if (value === undefined) return false
  if (value !== 'apply') throw new InvalidInput('after: "apply", or leave it out')
  if (action === 'storage-full' || action === 'coordinator-moved') {
    throw new InvalidInput(
      `the action ${action} is for requests that are not done: leave out after`,
    )
  }
  return true
}

function timesOf(value: unknown): number {
  if (value === undefined) return 1
  // Infinity is null in JSON.
  if (value === 'always' || value === Infinity || value === null) return Infinity
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
  throw new InvalidInput(
    `times: a whole number from 1 on, or "always", not ${JSON.stringify(value)}`,
  )
}

function probabilityOf(value: unknown): number {
  if (value === undefined) return 1
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw new InvalidInput(`probability: above 0 and up to 1, not ${JSON.stringify(value)}`)
}
