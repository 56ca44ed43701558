/** Runs each case on both brokers, and says where what they saw differs. */
import type { Api } from '../../protocol/api.ts'
import { readEntries, unlisted } from './differences.ts'
import { NotServed, Session, type Step } from './session.ts'
import { startPeers, type Peer, type Peers } from './peer.ts'
import { inNames, settings, userOf, type Scenario, type Setting } from './scenario.ts'

/** One scenario in one version, and what came of it. */
export interface Result {
  api: Api
  version: number
  scenario: string
  setting: Setting
  differences: Difference[]
}

export interface Difference {
  api: string
  version: number
  /** 'a new topic · 1 Metadata.topics[0].errorCode': scenario, number of the request, place. */
  place: string
  kafka: string
  ours: string
}

/** Cases that run at once; most of a case is waiting. */
const atOnce = 12

/** Cases that get a second chance; where more need it, the machine is not what is at fault. */
const maxAgain = 12

/**
 * What was waited for in vain on one side, on a busy machine, may come when it has the machine; and
 * what nobody has listed may be a race, which both brokers win then.
 */
interface Attempt {
  scenario: Scenario
  version: number
  /** Then it has names of its own. */
  isAgain?: boolean
}

/** Starts both in each setting, and runs all cases that both can answer; with the first peers. */
export async function compareAll(all: readonly Scenario[]): Promise<{
  peers: Pick<Peers, 'kafka' | 'ours'>
  results: Result[]
}> {
  const compared = []
  for (const setting of settings) {
    const chosen = all.filter(scenario => scenario.setting === setting)
    if (chosen.length > 0) compared.push(await compareIn(setting, chosen))
  }
  const results = compared.flatMap(({ results }) => results).toSorted((a, b) => order(a, b))
  return { peers: compared[0]!.peers, results }
}

async function compareIn(setting: Setting, scenarios: readonly Scenario[]) {
  await using peers = await startPeers(setting, scenarios.map(userOf))
  const cases = scenarios.flatMap(scenario => {
    return versionsOf(scenario, peers).map(version => ({ scenario, version }))
  })
  const results: Result[] = []
  const again: Attempt[] = []
  const entries = readEntries()
  const run = async (attempt: Attempt): Promise<void> => {
    const compared = await compareCase(peers, attempt)
    if (compared === undefined) return
    const isDoubtful = compared.isInVain || unlisted([compared.result], entries).length > 0
    const isPending = isDoubtful && attempt.isAgain !== true && again.length < maxAgain
    if (isPending) again.push({ ...attempt, isAgain: true })
    else results.push(compared.result)
  }
  const together = cases.filter(({ scenario }) => !scenario.alone).values()
  const worker = async (): Promise<void> => {
    for (const next of together) await run(next)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  for (const next of cases.filter(({ scenario }) => scenario.alone)) await run(next)
  for (const next of again) await run(next)
  return { peers, results }
}

function order(a: Result, b: Result): number {
  return a.api.key - b.api.key || a.version - b.version || (a.scenario < b.scenario ? -1 : 1)
}

/** What both brokers and the codec have of it. */
function versionsOf(scenario: Scenario, { kafka }: Peers): number[] {
  const { api, since, until } = scenario
  const [lowest, highest] = kafka.common.get(api.key) ?? [0, -1]
  const first = Math.max(lowest, since, api.versions[0])
  const last = Math.min(highest, until, api.versions[1])
  if (scenario.last) return last < first ? [] : [last]
  if (scenario.ends && first < last) return [first, last]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}

interface Compared {
  result: Result
  /** They differ, and one of them may have had too little time. */
  isInVain: boolean
}

/** Undefined when it needs an API that one of the brokers does not serve. */
async function compareCase(
  { kafka, ours }: Peers,
  attempt: Attempt,
): Promise<Compared | undefined> {
  const { version } = attempt
  const { api, name, setting } = attempt.scenario
  try {
    const [expected, actual] = await Promise.all([observe(kafka, attempt), observe(ours, attempt)])
    const found = differencesOf(expected.steps, actual.steps).map(({ place, ...values }) => {
      return { api: api.name, version, place: `${name} · ${place}`, ...values }
    })
    const isInVain = found.length > 0 && (expected.waitedInVain || actual.waitedInVain)
    return { result: { api, version, scenario: name, setting, differences: found }, isInVain }
  } catch (error) {
    if (error instanceof NotServed) return undefined
    throw error
  }
}

async function observe(peer: Peer, attempt: Attempt): Promise<Session<unknown>> {
  const { scenario, version, isAgain = false } = attempt
  const start = isAgain ? 'oracle-again-' : 'oracle-'
  const prefix = `${start}${scenario.api.key}-${version}-${inNames(scenario)}`
  using session = new Session<unknown>(peer, scenario.api, version, prefix, userOf(scenario))
  try {
    const body = await scenario.run(session)
    if (body !== undefined) await session.ask(body)
  } catch (error) {
    if (error instanceof NotServed) throw error
    session.steps.push({ label: 'script', outcome: String(error) })
  }
  return session
}

type Found = Pick<Difference, 'place' | 'kafka' | 'ours'>

function differencesOf(kafka: readonly Step[], ours: readonly Step[]): Found[] {
  const found: Found[] = []
  for (let i = 0; i < Math.max(kafka.length, ours.length); i++) {
    const { label } = (kafka[i] ?? ours[i])!
    for (const { path, a, b } of unequal('', kafka[i]?.outcome, ours[i]?.outcome)) {
      found.push({ place: `${i + 1} ${label}${path}`, kafka: text(a), ours: text(b) })
    }
  }
  return found
}

interface Unequal {
  path: string
  a: unknown
  b: unknown
}

/** The leaves that differ; items of lists are told by their names, where these are different. */
function unequal(path: string, a: unknown, b: unknown): Unequal[] {
  if (Array.isArray(a) && Array.isArray(b)) return unequalLists(path, a, b)
  if (isStruct(a) && isStruct(b)) {
    return Object.keys(a).flatMap(key => unequal(`${path}.${key}`, a[key], b[key]))
  }
  return Object.is(a, b) ? [] : [{ path, a, b }]
}

function unequalLists(path: string, a: readonly unknown[], b: readonly unknown[]): Unequal[] {
  const [inA, inB] = [byName(a), byName(b)]
  const names = [...new Set([...(inA?.keys() ?? []), ...(inB?.keys() ?? [])])]
  const isShort = names.length <= maxNames || names.length < a.length + b.length
  if (inA !== undefined && inB !== undefined && isShort) {
    const items = names.flatMap(name => {
      return unequal(`${path}[${name}]`, inA.get(name), inB.get(name))
    })
    if (items.length > 0 || names.join() === [...inB.keys()].join()) return items
    return [{ path: `${path}, order`, a: names, b: [...inB.keys()] }]
  }
  if (a.length !== b.length) return [{ path, a, b }]
  return a.flatMap((item, i) => unequal(`${path}[${i}]`, item, b[i]))
}

const maxName = 60
/** So many items that only one side has are told one by one. */
const maxNames = 4

/** Undefined when the items have no names, or not all have their own. */
function byName(list: readonly unknown[]): Map<string, unknown> | undefined {
  const items = new Map<string, unknown>()
  for (const item of list) {
    const name = isStruct(item) ? (item['name'] ?? item['topic'] ?? item['apiKey']) : undefined
    if (typeof name !== 'string' && typeof name !== 'number') return undefined
    items.set(
      String(name)
        .replace(/^oracle-(?:again-)?\d+-\d+-/, '')
        .slice(0, maxName),
      item,
    )
  }
  return items.size === list.length ? items : undefined
}

function isStruct(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const maxText = 300

function text(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text
}
