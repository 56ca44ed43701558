/** What long drills have found, and the page that says so: exactly-once.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BrokerName } from './brokers.ts'
import type { Report } from './drill.ts'

type Result = Omit<Report, 'tally'> & {
  client: string
  broker: BrokerName
  seed: number
  /** Of the day. */
  date: string
  committed: number
  aborted: number
  failed: number
  ended: number
  fenced: number
}

const page = path.join(import.meta.dirname, '../exactly-once.md')
const store = path.join(import.meta.dirname, '../../.cache/exactly-once-results.json')

/** In place of what was found for this client and broker before. */
export function addResult({
  tally,
  ...rest
}: Report & { client: string; broker: BrokerName; seed: number }): void {
  const result: Result = {
    ...rest,
    date: new Date().toISOString().slice(0, 10),
    committed: tally.committed,
    aborted: tally.aborted,
    failed: tally.failed.length,
    ended: tally.ended.filter(line => line.startsWith('exit')).length,
    fenced: tally.fenced,
  }
  const others = readResults().filter(
    ({ client, broker }) => client !== rest.client || broker !== rest.broker,
  )
  const results = [...others, result].toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
  mkdirSync(path.dirname(store), { recursive: true })
  writeFileSync(store, JSON.stringify(results))
  writeFileSync(page, pageOf(results))
}

function readResults(): Result[] {
  return existsSync(store) ? (JSON.parse(readFileSync(store, 'utf8')) as Result[]) : []
}

function nameOf({ broker, client }: Result): string {
  return `${broker}, ${client}`
}

const columns: readonly [title: string, of: (result: Result) => string | number][] = [
  ['broker', ({ broker }) => broker],
  ['copiers', ({ client }) => client],
  ['records', ({ records }) => records],
  ['seconds', ({ seconds }) => Math.round(seconds)],
  ['kills of the broker', ({ brokerKills }) => brokerKills],
  ['kills of copiers', ({ copierKills }) => copierKills],
  ['zombies', ({ zombies }) => zombies],
  ['committed', ({ committed }) => committed],
  ['aborted', ({ aborted }) => aborted],
  ['failed', ({ failed }) => failed],
  ['ended', ({ ended }) => ended],
  ['zombies fenced', ({ fenced }) => fenced],
  ['aborted records', ({ abortedRecords }) => abortedRecords],
  ['duplicates', ({ duplicates }) => duplicates],
  ['complaints', ({ complaints }) => complaints.length],
  ['seed', ({ seed }) => seed],
  ['date', ({ date }) => date],
]

function pageOf(results: readonly Result[]): string {
  const ours = results.filter(({ broker }) => broker.startsWith('Odradek'))
  const sum = (of: (result: Result) => number): string =>
    ours.reduce((total, result) => total + of(result), 0).toLocaleString('en')
  const rows = results.map(result => columns.map(([, of]) => `${of(result)}`))
  return [
    '# Exactly once, while brokers and copiers are killed',
    '',
    ...introduction,
    '',
    'On Odradek, in sum:',
    `${sum(({ records }) => records)} records,`,
    `${sum(({ seconds }) => Math.round(seconds))} seconds,`,
    `${sum(({ brokerKills }) => brokerKills)} kills of the broker,`,
    `${sum(({ copierKills, zombies }) => copierKills + zombies)} faults of copiers,`,
    `${sum(({ duplicates }) => duplicates)} duplicates,`,
    `${sum(({ complaints }) => complaints.length)} complaints.`,
    '',
    ...table([columns.map(([title]) => title), ...rows]),
    '',
  ].join('\n')
}

const introduction = [
  'Written by `node compat-tests/exactly-once/main.ts`. A producer writes numbers with keys to a',
  'topic of four partitions, in transactions, some of which it aborts; two copiers that share a',
  'consumer group copy them to another topic, offsets and records in one transaction, and abort',
  'some on purpose, too. Meanwhile the broker gets SIGKILL every few seconds and starts again on',
  'the same directory; copiers get SIGKILL, or become zombies: they stand still while a successor',
  'with the same transactional id starts, and go on. librdkafka writes the input; another client',
  'than the one that copies reads the output, both while it is written and afterwards.',
  '',
  'There is a complaint if the output is not exactly the input, each number once and in the order',
  'of its key; if anyone who reads committed records ever saw one that was aborted, or one that',
  'was not there later; if the committed offsets of the group are not the end of the input.',
  '',
  '- **committed**, **aborted**: transactions of copiers, those aborted on purpose; **failed**:',
  '  those that had to be aborted; **ended**: copiers that ended by themselves, and started anew,',
  "  as librdkafka's whose offsets stay under way for ever when a broker dies (its issues 5456 and",
  '  5511);',
  '- **zombies fenced**: those that were told so; others had nothing to write any more;',
  '- **aborted records**: of the output; who reads uncommitted records sees them.',
]

/** The first two columns are text. */
function table([header, ...rows]: readonly string[][]): string[] {
  const all = [header!, ...rows]
  const widths = header!.map((_, i) => Math.max(...all.map(row => row[i]!.length), 3))
  const aligned = (row: readonly string[]): string[] =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
  const lineOf = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  const rule = widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [aligned(header!), rule, ...rows.map(aligned)].map(lineOf)
}
