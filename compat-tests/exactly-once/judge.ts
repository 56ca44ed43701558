/** Judges what a chain has copied: exactly the input, once, and in the order of each key. */

/** A record as a reader has told it. A value that begins with an `x` was never to be seen. */
export interface Seen {
  partition: number
  offset: number
  key: string
  value: string
}

export interface History {
  /** The input is the numbers below this one, each with its remainder by `keys` as its key. */
  records: number
  keys: number
  /** By read_committed, after everything. */
  input: readonly Seen[]
  /** The output, by read_committed, while broker and copiers were killed. */
  followed: readonly Seen[]
  /** The same of the output. */
  output: readonly Seen[]
  /** Of the partitions of the input. */
  progress: readonly Progress[]
}

export interface Progress {
  partition: number
  /** Where the group stands. */
  committed: number
  /** Behind the last record, be it one of control. */
  end: number
}

/** Of each kind, so many are told. */
const maxTold = 5

/** What is wrong; nothing, if all is well. */
export function complaints(history: History): string[] {
  const { input, output, followed } = history
  return [
    ...aborted(input, 'of the input was read'),
    ...torn(history, input, 'input'),
    ...aborted(followed, 'of the output was read while it was written'),
    ...aborted(output, 'of the output was read afterwards'),
    ...changed(history),
    ...torn(history, output, 'output'),
    ...uncommitted(history),
  ]
}

function aborted(seen: readonly Seen[], what: string): string[] {
  const found = seen.filter(({ value }) => value.startsWith('x'))
  return few(found, one => `${nameOf(one)}, which was aborted, ${what}`)
}

/** What is committed stays: a follower reads the same as who comes later, in the same order. */
function changed({ followed, output }: History): string[] {
  const later = new Map(output.map(one => [placeOf(one), one]))
  const last = new Map<number, number>()
  const found = followed.filter(one => {
    const { partition, offset, key, value } = one
    const isBehind = offset <= (last.get(partition) ?? -1)
    last.set(partition, offset)
    const again = later.get(placeOf(one))
    return isBehind || again?.key !== key || again.value !== value
  })
  return few(found, one => `${nameOf(one)} was followed, but is not there, or not in this order`)
}

/** Each key's numbers, in the order of the log, must be all there are. */
function torn({ records, keys }: History, seen: readonly Seen[], topic: string): string[] {
  const next = new Map<string, number>()
  const home = new Map<string, number>()
  const found: string[] = []
  for (const one of seen) {
    const { key, value, partition } = one
    const expected = next.get(key) ?? Number(key)
    const number = Number(value)
    next.set(key, number + keys)
    if (number < expected) found.push(`${nameOf(one)} comes again in the ${topic}`)
    if (number > expected) found.push(`${expected} is missing in the ${topic}, at ${nameOf(one)}`)
    if ((home.get(key) ?? partition) !== partition) found.push(`${nameOf(one)} has moved`)
    home.set(key, partition)
  }
  for (let key = 0; key < Math.min(keys, records); key++) {
    const count = Math.ceil((records - key) / keys)
    const reached = next.get(`${key}`) ?? key
    if (reached < key + count * keys) found.push(`${reached} is missing at the ${topic}'s end`)
  }
  return few(found, text => text)
}

function uncommitted({ input, progress }: History): string[] {
  const dataEnds = new Map<number, number>()
  for (const { partition, offset } of input) dataEnds.set(partition, offset + 1)
  const found = progress.filter(
    ({ partition, committed, end }) =>
      committed < (dataEnds.get(partition) ?? 0) || committed > end,
  )
  return few(found, ({ partition, committed, end }) => {
    return `the group stands at ${committed} of partition ${partition}, which ends at ${end}`
  })
}

/** Records whose value came before. */
export function countDuplicates(read: readonly Seen[]): number {
  return read.length - new Set(read.map(({ value }) => value)).size
}

function few<Kind>(found: readonly Kind[], tell: (one: Kind) => string): string[] {
  const told = found.slice(0, maxTold).map(tell)
  return found.length > maxTold ? [...told, `and ${found.length - maxTold} more of this`] : told
}

function placeOf({ partition, offset }: Seen): string {
  return `${partition}-${offset}`
}

function nameOf({ partition, offset, key, value }: Seen): string {
  return `${value} (key ${key}, offset ${offset} of partition ${partition})`
}
