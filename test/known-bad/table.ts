import { readFile, writeFile } from 'node:fs/promises'
import { badBuilds } from './builds.ts'
import { tools } from './tools.ts'

const tableFile = new URL('table.md', import.meta.url)

const introduction = `# Which test tool catches which bad build

Each row is a build with one mistake in it ([builds.ts](builds.ts)), each column a tool that should
notice some of them ([tools.ts](tools.ts)). \`npm run known-bad\` makes the builds, runs the tools
that are named here, and fails when one of them, or all, no longer catch a build;
\`npm run known-bad -- --write\` runs all tools on all builds and writes the table.
`

/** Names of tools, by the name of the build that they catch. */
export type Catches = ReadonlyMap<string, ReadonlySet<string>>

export function tableOf(catches: Catches): string {
  const head = ['bad build', ...tools.map(({ name }) => name)]
  const rows = badBuilds.map(({ name }) => [
    name,
    ...tools.map(tool => (catches.get(name)?.has(tool.name) ? 'caught' : '')),
  ])
  return `${introduction}\n${markdown([head, ...rows])}\n`
}

/** What the table in the repository says. */
export async function readTable(): Promise<Catches> {
  const lines = (await readFile(tableFile, 'utf8')).split('\n').filter(line => line.startsWith('|'))
  const [head, , ...rows] = lines.map(line => line.split('|').map(cell => cell.trim()))
  return new Map(
    rows.map(row => [row[1]!, new Set(head!.filter((_, column) => row[column] === 'caught'))]),
  )
}

export async function writeTable(catches: Catches): Promise<void> {
  await writeFile(tableFile, tableOf(catches))
}

/** As prettier would write it. */
function markdown(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, line(widths.map(width => '-'.repeat(width))), ...body].join('\n')
}
