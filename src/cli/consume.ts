/** `odradek consume`: the records of a topic, from its start and on, or a part of them. */
import { Option } from 'commander'
import { systemClock } from '../clock.ts'
import { declare } from './command.ts'
import { connect, connectionOptions, type ConnectionFlags } from './connection.ts'
import { consumed, type Consumed } from './consume-output.ts'
import { append, appendNumber, wholeNumber } from './option-values.ts'
import { planOf, type PlanOptions } from './read-plan.ts'
import { recordsOf } from './record-source.ts'
import { showRecords, showOptions, type ShowOptions } from './show-records.ts'
import type { Terminal } from './terminal.ts'

interface Options extends ConnectionFlags, PlanOptions, ShowOptions {}

export const consumeCommand = declare<Consumed, Options>({
  name: 'consume',
  summary: 'Print the records of a topic from its start, and those that come.',
  arguments: [['<topic>', 'its name']],
  options: [
    new Option('-n, --count <number>', 'Only so many records, then end.').argParser(wholeNumber(1)),
    new Option('--last <number>', 'Begin with so many of the latest records.').argParser(
      wholeNumber(0, 1e9),
    ),
    new Option('--since <time>', 'Begin so long ago (5m), or at a time (2026-11-21T10:00).'),
    new Option('--until <time>', 'End before that time.'),
    new Option('--exit', 'End at what is the end now.'),
    new Option(
      '-o, --offset <offset>',
      "As kcat's: start, end, 42, -10, s@TIME, e@TIME.",
    ).argParser(append),
    new Option('-p, --partition <number>', 'Only this partition; may be repeated.').argParser(
      appendNumber(0, 2 ** 31 - 1),
    ),
    new Option('-g, --group <name>', 'As a member of this group, which commits what was printed.'),
    ...showOptions,
    ...connectionOptions,
  ],
  examples: [
    ['consume orders', 'all records, and those that come'],
    ['consume orders --last 10 --exit', 'the latest ten'],
    ["consume orders --since 5m -f '%p %o %k %v\\n'", 'of the last five minutes, in a format'],
    ['consume orders --exit --json', "a line of JSON for each, as kcat's -J"],
  ],
  output: consumed,
  streams: true,
  run: ({ args: [topic], options, terminal }) => run(topic!, options, terminal),
})

async function* run(
  topic: string,
  options: Options,
  terminal: Terminal,
): AsyncGenerator<Consumed, void> {
  const plan = planOf(options, 'start', systemClock.now())
  const show = await showRecords(options, terminal, { withTopic: false })
  const client = await connect(options)
  const source = sourceOptions(options, terminal)
  try {
    if (options.group === undefined) {
      yield* show(recordsOf(client, [topic], plan, source), plan.count)
      return
    }
    const { groupRecords } = await import('./group-source.ts')
    const group = await groupRecords(client, topic, options.group, plan, source)
    try {
      yield* show(group.records, plan.count, group.shown)
    } finally {
      await group.close()
    }
  } finally {
    await client.close()
  }
}

function sourceOptions({ committed, txnMarkers }: Options, terminal: Terminal) {
  const say = (message: string): void => terminal.say(message)
  return { committed: committed === true, markers: txnMarkers === true, say }
}
