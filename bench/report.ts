/** The report: for people who read the terminal, and bench/results.md. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { format } from 'prettier'
import { medianOf, ratios, type Ratio } from './comparisons.ts'
import { contenderTitles } from './contenders.ts'
import { describeMachine } from './machine.ts'
import type { Result, Table } from './results.ts'
import type { RoundFigures } from './runner.ts'

const file = path.join(import.meta.dirname, 'results.md')

/** What stands above a result, in the order of the report. */
export interface Heading {
  name: string
  title: string
}

const introduction = `
Written by \`npm run bench\`. Odradek and Apache Kafka run on the same machine and take turns, A B A
B, with the same client, a C program on librdkafka; MB and GB are powers of ten. Before the first
turn the page cache is warmed up, each broker does half a round that is not counted, and every turn
begins with nothing but its own topic on the disk. CPU is that of the whole broker process; memory
is what is resident.
`

export function describeRound({ contender, round, figures }: RoundFigures): string {
  const values = Object.entries(figures).map(([title, value]) => `${title} ${shown(value)}`)
  return `  ${contenderTitles[contender]}, round ${round}: ${values.join(', ')}`
}

export function describeRatio({ title, our, their, ratio, target, reached }: Ratio): string {
  const verdict = `${target}: ${reached ? 'reached' : 'missed'}`
  return `  ${title} = ${shown(our)} / ${shown(their)} = ${ratio.toFixed(2)} (${verdict})`
}

/** Columns that a terminal lines up. */
export function describeTable(table: Table): string {
  const widths = table[0]!.map((_, i) => Math.max(...table.map(row => row[i]!.length)))
  const lines = table.map(row => row.map((cell, i) => cell.padStart(widths[i]!)).join('  '))
  return lines.map(line => `  ${line}`).join('\n')
}

export async function writeReport(
  headings: readonly Heading[],
  results: Readonly<Record<string, Result>>,
): Promise<void> {
  const measured = headings.flatMap(({ name, title }) =>
    results[name] ? [{ title, result: results[name] }] : [],
  )
  const summary = measured.flatMap(({ title, result }) =>
    ratios(result.rounds ?? []).map(one => [
      title,
      one.title,
      `${shown(one.our)} / ${shown(one.their)}`,
      one.ratio.toFixed(2),
      one.target,
      one.reached ? 'yes' : '**no**',
    ]),
  )
  const parts = [
    '# Results of the benchmark',
    introduction,
    markdown([['', ''], ...(await describeMachine())]),
    '## Ratios of medians, and what is to be reached',
    markdown([['workload', 'figure', 'medians', 'ratio', 'target', 'reached'], ...summary]),
    ...measured.flatMap(({ title, result }) => [
      `## ${title}`,
      `Measured ${result.measuredAt.slice(0, 16).replace('T', ' ')} UTC, ${result.extent}.`,
      markdown(result.table ?? roundsTable(result.rounds ?? [])),
    ]),
  ]
  await writeFile(file, await format(parts.join('\n\n'), { parser: 'markdown' }))
}

/** Every round, and the medians below. */
function roundsTable(rounds: readonly RoundFigures[]): Table {
  const figures = [...new Set(rounds.flatMap(one => Object.keys(one.figures)))]
  const contenders = [...new Set(rounds.map(({ contender }) => contender))]
  const body = contenders.flatMap(contender => {
    const own = rounds.filter(one => one.contender === contender)
    const title = contenderTitles[contender]
    const medians = figures.map(figure => `**${shown(medianOf(rounds, contender, figure))}**`)
    return [
      ...own.map(one => [
        title,
        `${one.round}`,
        ...figures.map(figure => shown(one.figures[figure] ?? Number.NaN)),
      ]),
      [title, '**median**', ...medians],
    ]
  })
  return [['broker', 'round', ...figures], ...body]
}

function markdown([header, ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = header!.map((_, i) => (i === 0 ? '---' : '--:'))
  return [header!, rule, ...rows].map(line).join('\n')
}

/** Three digits are more than two runs have in common. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
