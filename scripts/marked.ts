/** Parts of the docs that are made from the code: what stands between two marks. */

/** The text with `made` between the marks. Throws where a mark is missing. */
export function between(text: string, begin: string, end: string, made: string): string {
  const [before, rest] = split(text, begin)
  const [, after] = split(rest, end)
  return `${before}${begin}\n\n${made}\n\n${end}${after}`
}

/** A table as prettier would write it; the first row is its head. */
export function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows.map(line)
  return [head, line(widths.map(width => '-'.repeat(width))), ...body].join('\n')
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`there is no line ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
