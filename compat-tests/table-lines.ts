/** A table in Markdown: the first column is text, the others are figures. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(3, ...all.map(row => row[column]!.length)))
  const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const aligned = (row: readonly string[]): string[] =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [aligned(header), rule, ...rows.map(aligned)].map(lineOf)
}
