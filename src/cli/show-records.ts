/** The records that are wanted, printed as the options say. */
import { Option } from 'commander'
import type { ReadRecord } from '../client/read-record.ts'
import { recordLine, toConsumed, type Consumed } from './consume-output.ts'
import { compileFormat, type RecordFormat } from './record-format.ts'
import type { Terminal } from './terminal.ts'

export interface ShowOptions {
  readonly format?: string
  readonly showNull?: true
  readonly where?: string
  readonly committed?: true
  readonly txnMarkers?: true
  readonly json?: true
}

export const showOptions: readonly Option[] = [
  new Option('-f, --format <format>', "kcat's and rpk's letters: %t %p %o %k %v %h %T, \\n."),
  new Option('-Z, --show-null', 'In a format, null is NULL instead of nothing.'),
  new Option('--where <expression>', "Only these, like 'value.total > 10'."),
  new Option('--committed', 'Nothing of open or aborted transactions.'),
  new Option('--txn-markers', 'Also where transactions end.'),
]

/** Prints records, and gives what is to be printed as JSON. Ends after so many. */
export type Show = (
  records: AsyncIterable<readonly ReadRecord[]>,
  count: number | undefined,
  /** These were printed, or are not wanted. */
  shown?: (records: readonly ReadRecord[]) => void,
) => AsyncGenerator<Consumed, void>

/** Throws a Failure, or InvalidInput for an expression. */
export async function showRecords(
  options: ShowOptions,
  terminal: Terminal,
  look: { withTopic: boolean },
): Promise<Show> {
  const format = formatOf(options, terminal, look)
  const isWanted = await filterOf(options)
  return async function* show(records, count = Infinity, done) {
    let shown = 0
    for await (const group of records) {
      const wanted = group.filter(isWanted).slice(0, count - shown)
      const first = shown + 1
      shown += wanted.length
      const isLast = shown >= count
      if (options.json) {
        yield* wanted.map(toConsumed)
      } else if (wanted.length > 0) {
        await terminal.write(Buffer.concat(wanted.map((record, i) => format(record, first + i))))
      }
      done?.(isLast ? group.slice(0, group.indexOf(wanted.at(-1)!) + 1) : group)
      if (isLast) return
    }
  }
}

function formatOf(
  { format, showNull }: ShowOptions,
  terminal: Terminal,
  look: { withTopic: boolean },
): RecordFormat {
  const isForPeople = look.withTopic || terminal.columns !== undefined
  if (format === undefined && isForPeople) {
    return record => Buffer.from(`${recordLine(record, look)}\n`)
  }
  return compileFormat(format ?? '%s\\n', { null: showNull ? 'NULL' : '' })
}

async function filterOf({ where }: ShowOptions): Promise<(record: ReadRecord) => boolean> {
  if (where === undefined) return () => true
  const { compileWhere } = await import('../admin/where.ts')
  const { TopicRecord } = await import('../admin/topic-record.ts')
  const holds = compileWhere(where)
  return record => holds(new TopicRecord(record.from.topic, record.from.partition, record))
}
