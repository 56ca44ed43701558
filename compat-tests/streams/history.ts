/**
 * What must hold of what an application with exactly_once_v2 has committed (java/ExactlyOnce.java):
 * it follows from the input alone, however often application and broker were killed meanwhile.
 */

/** Of java/Read.java. */
export interface Committed {
  partition: number
  offset: number
  timeMs: number
  key: string
  value: string
}

/** By topic, in order by partition. */
export type History = ReadonlyMap<string, readonly Committed[]>

export const inputTopics = ['lines', 'left', 'right', 'readings'] as const
export const outputTopics = ['counts', 'joined', 'sums', 'closed'] as const

/** As the application has them. */
const sizeMs = 10_000
const graceMs = 30_000

/** How many complaints of each kind are told. */
const maxTold = 5

/** The output, by topic: the values of each key in order. */
type Values = Map<string, string[]>

/** What is wrong with the output. */
export function complaints(history: History): string[] {
  const of = (topic: string): readonly Committed[] => history.get(topic) ?? []
  const readings = of('readings')
  return [
    ...compare('counts', countWords(of('lines')), valuesOf(of('counts'))),
    ...compare('sums', sumWindows(readings), valuesOf(of('sums'))),
    ...compare('closed', closeWindows(readings), valuesOf(of('closed'))),
    ...checkJoined(valuesOf(of('left')), valuesOf(of('right')), valuesOf(of('joined'))),
  ]
}

/** Each word is counted up, one by one. */
function countWords(lines: readonly Committed[]): Values {
  const counts: Values = new Map()
  for (const word of lines.flatMap(({ value }) => value.split(' '))) {
    const told = valuesAt(counts, word)
    told.push(String(told.length + 1))
  }
  return counts
}

/** Every window tells the number and the sum of its readings with each of them. */
function sumWindows(readings: readonly Committed[]): Values {
  const sums: Values = new Map()
  for (const { key, value, timeMs } of readings) {
    const told = valuesAt(sums, windowOf(key, timeMs))
    const before = Number(told.at(-1)?.split(' ')[1] ?? 0)
    told.push(`${told.length + 1} ${before + Number(value)}`)
  }
  return sums
}

/** A window that is over in the time of its partition tells once how many readings it had. */
function closeWindows(readings: readonly Committed[]): Values {
  const nowMs = new Map<number, number>()
  for (const { partition, timeMs } of readings) {
    nowMs.set(partition, Math.max(nowMs.get(partition) ?? 0, timeMs))
  }
  const counts = new Map<string, number>()
  for (const { partition, key, timeMs } of readings) {
    if (startOf(timeMs) + sizeMs + graceMs > nowMs.get(partition)!) continue
    const window = windowOf(key, timeMs)
    counts.set(window, (counts.get(window) ?? 0) + 1)
  }
  return new Map([...counts].map(([window, count]) => [window, [String(count)]]))
}

/**
 * Which of the two tables is read first is open. But what is joined goes through both of them from
 * where there is a first value of one, and each time one of them is one value further.
 */
function checkJoined(left: Values, right: Values, joined: Values): string[] {
  const found: string[] = []
  for (const key of new Set([...left.keys(), ...right.keys(), ...joined.keys()])) {
    const [ones, others] = [left.get(key) ?? [], right.get(key) ?? []]
    const told = joined.get(key) ?? []
    let before = [0, 0]
    for (const [i, pair] of told.entries()) {
      const [one, other] = pair.split(' ') as [string, string]
      const at = [ones.indexOf(one), others.indexOf(other)]
      if (!isNext(at, i === 0 ? undefined : before)) {
        found.push(`joined: ${key} is ${pair} after ${told[i - 1] ?? 'nothing'}`)
      }
      before = at
    }
    const isInBoth = ones.length > 0 && others.length > 0
    const end = isInBoth ? `${ones.at(-1)} ${others.at(-1)}` : undefined
    if (told.at(-1) !== end) found.push(`joined: ${key} ends with ${told.at(-1)}, not ${end}`)
  }
  return found.slice(0, maxTold)
}

/** Places in both tables. */
function isNext([one, other]: number[], before: number[] | undefined): boolean {
  if (before === undefined) return Math.min(one!, other!) === 0
  const steps = [one! - before[0]!, other! - before[1]!]
  return Math.min(...steps) === 0 && Math.max(...steps) === 1
}

function compare(topic: string, expected: Values, actual: Values): string[] {
  const found: string[] = []
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [should, is] = [expected.get(key) ?? [], actual.get(key) ?? []]
    const at = should.findIndex((value, i) => is[i] !== value)
    if (at < 0 && is.length === should.length) continue
    const where = at < 0 ? should.length : at
    const after = `after ${is.slice(Math.max(0, where - 2), where).join(', ') || 'nothing'}`
    found.push(`${topic}: ${key} is ${is[where]} ${after}, not ${should[where]}`)
  }
  return found.slice(0, maxTold)
}

function valuesOf(records: readonly Committed[]): Values {
  const values: Values = new Map()
  for (const { key, value } of records) valuesAt(values, key).push(value)
  return values
}

function valuesAt(values: Values, key: string): string[] {
  const found = values.get(key)
  if (found !== undefined) return found
  const created: string[] = []
  values.set(key, created)
  return created
}

function windowOf(key: string, timeMs: number): string {
  return `${key}@${startOf(timeMs)}`
}

function startOf(timeMs: number): number {
  return timeMs - (timeMs % sizeMs)
}
