/** What java/Read.java tells of topics. */
import type { Committed } from './history.ts'

export class Reading {
  /** By topic, in order by partition. */
  readonly records = new Map<string, Committed[]>()
  /** Lines that say where a transaction is open. */
  readonly open: string[] = []
  readonly #counts = new Map<string, number>()

  add(line: string): void {
    if (line.startsWith('open')) {
      this.open.push(line)
      return
    }
    const [, topic, partition, offset, timeMs, key, ...value] = line.split(' ')
    const records = this.records.get(topic!) ?? []
    this.records.set(topic!, records)
    records.push({
      partition: Number(partition),
      offset: Number(offset),
      timeMs: Number(timeMs),
      key: key!,
      value: value.join(' '),
    })
    this.#counts.set(`${topic} ${partition}`, this.count(topic!, Number(partition)) + 1)
  }

  count(topic: string, partition: number): number {
    return this.#counts.get(`${topic} ${partition}`) ?? 0
  }

  total(topics: readonly string[]): number {
    return topics.reduce((sum, topic) => sum + (this.records.get(topic)?.length ?? 0), 0)
  }
}

/** What is in one and not, or otherwise, in the other: the first of each topic. */
export function differences(one: Reading, other: Reading): string[] {
  const topics = new Set([...one.records.keys(), ...other.records.keys()])
  return [...topics].flatMap(topic => {
    const [lines, others] = [linesOf(one, topic), linesOf(other, topic)]
    const onlyOne = [...lines].find(line => !others.has(line))
    const onlyOther = [...others].find(line => !lines.has(line))
    if (onlyOne === undefined && onlyOther === undefined) return []
    return [`${topic}: ${onlyOne} was read first, and ${onlyOther} only afterwards`]
  })
}

function linesOf(reading: Reading, topic: string): Set<string> {
  return new Set((reading.records.get(topic) ?? []).map(record => JSON.stringify(record)))
}
