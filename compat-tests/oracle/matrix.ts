/** matrix.md: what is served, and how much of it was compared with Apache Kafka. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Api } from '../../protocol/api.ts'
import type { Result } from './compare.ts'
import { versionsText } from './differences.ts'
import type { Peers } from './peer.ts'

const file = path.join(import.meta.dirname, '../matrix.md')

const introduction = `# Compared with Apache Kafka 4.3.1

Made by \`npm run compat:oracle\`: the same requests go to Apache Kafka and to Odradek, and what
comes back is compared. A case is a scenario in one version of an API: a request, or a short script
of requests, all of whose answers are compared; some are asked by users who have a right or lack it,
of brokers with SASL and an authorizer. It is equal, or it differs as
[differences.md](differences.md) tells. Not covered are versions that only one of the two serves,
and those without a scenario.
`

/** The page for these results. */
export function matrixOf(
  apis: readonly Api[],
  peers: Pick<Peers, 'kafka' | 'ours'>,
  results: readonly Result[],
): string {
  const rows = apis.map(api => {
    const ours = peers.ours.ranges.has(api.key)
      ? versionsText(versionsIn(api.versions))
      : 'declared'
    const range = peers.kafka.ranges.get(api.key)
    const kafka = range === undefined ? '—' : versionsText(versionsIn(range))
    const its = results.filter(result => result.api === api)
    const equal = its.filter(({ differences }) => differences.length === 0)
    const uncovered = uncoveredVersions(api, peers, its)
    const counts = [equal.length, its.length - equal.length].map(String)
    return [api.name, String(api.key), ours, kafka, ...counts, uncovered]
  })
  const total = results.filter(({ differences }) => differences.length === 0).length
  const sum = ['All', '', '', '', String(total), String(results.length - total), '']
  const head = ['API', 'key', 'Odradek', 'Apache Kafka', 'equal', 'listed', 'not covered']
  return `${introduction}\n${table([head, ...rows, sum])}\n`
}

export function readMatrix(): string {
  return readFileSync(file, 'utf8')
}

export function writeMatrix(text: string): void {
  writeFileSync(file, text)
}

/** Of those that either broker serves, or the codec knows. */
function uncoveredVersions(
  api: Api,
  peers: Pick<Peers, 'kafka' | 'ours'>,
  results: readonly Result[],
): string {
  const covered = new Set(results.map(({ version }) => version))
  const ofKafka = peers.kafka.ranges.get(api.key)
  const ranges = ofKafka === undefined ? [api.versions] : [api.versions, ofKafka]
  const known = new Set(ranges.flatMap(versionsIn))
  return versionsText([...known].filter(version => !covered.has(version)).toSorted((a, b) => a - b))
}

function versionsIn([first, last]: readonly [number, number]): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** As prettier would write it. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length), 3))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, line(widths.map(width => '-'.repeat(width))), ...body].join('\n')
}
