/** Keeps README.md's table of supported APIs as the list of handlers is: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { handlers } from '../src/handlers/index.ts'

export const readmeFile = new URL('../README.md', import.meta.url)

const begin = '<!-- supported APIs: made by `npm run docs` -->'
const end = '<!-- end of supported APIs -->'

/** The README with the table of the APIs that are served now. */
export function withSupportedApis(readme: string): string {
  const [before, rest] = split(readme, begin)
  const [, after] = split(rest, end)
  return `${before}${begin}\n\n${supportedApis()}\n\n${end}${after}`
}

function supportedApis(): string {
  const rows = handlers.map(({ api: { name, key, versions } }) => {
    const [first, last] = versions
    return [name, String(key), first === last ? `${first}` : `${first}–${last}`]
  })
  return table([['API', 'key', 'versions'], ...rows])
}

/** As prettier would write it. */
function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, line(widths.map(width => '-'.repeat(width))), ...body].join('\n')
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`README.md lacks the line ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

if (import.meta.main) {
  writeFileSync(readmeFile, withSupportedApis(readFileSync(readmeFile, 'utf8')))
}
