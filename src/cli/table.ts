/** Tables for people: columns without borders below headers in capitals. */
import { printable } from './printable.ts'

export type Cell = string | number | boolean | null | undefined

interface TableLook {
  /** How much fits into a line; without it nothing is cut. */
  columns?: number | undefined
  heading?(text: string): string
}

const gap = '  '

/** Numbers stand at the right of their column, and what is missing is '-'. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly Cell[])[],
  { columns, heading = text => text }: TableLook = {},
): string {
  const texts = [headers, ...rows.map(row => row.map(textOf))]
  const widths = headers.map((_, column) => Math.max(...texts.map(row => row[column]!.length)))
  const isNumeric = headers.map((_, column) => {
    return rows.length > 0 && rows.every(row => typeof (row[column] ?? 0) === 'number')
  })
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      return isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    })
    return fitting(padded.join(gap).trimEnd(), columns)
  }
  const [head, ...body] = texts.map(line)
  return [heading(head!), ...body].join('\n')
}

function textOf(cell: Cell): string {
  return cell === null || cell === undefined || cell === '' ? '-' : printable(String(cell))
}

/** On a terminal, rows that wrap are no rows any more. */
function fitting(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`
}

/** A name and its value on each line. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}${gap}${textOf(value)}`).join('\n')
}
