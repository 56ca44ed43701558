/**
 * Groups of real clients on Odradek and on Apache Kafka, in turns; prints what they took to settle,
 * and writes groups.md. `node compat-tests/groups/main.ts [--rounds N] [WORD …]`: only clients with
 * one of the words in their names. Ends with 1 where something was lost, doubled, or took longer.
 */
import { parseArgs } from 'node:util'
import { startApacheKafka, startOdradek, type Broker } from './brokers.ts'
import { clients, type Client } from './clients.ts'
import { measureDelays } from './delays.ts'
import { runDrill } from './drill.ts'
import {
  addReport,
  describeDelays,
  describePair,
  emptyMeasured,
  longer,
  readResults,
  writeResults,
  type Measured,
  type Pair,
} from './results.ts'

const { values, positionals: words } = parseArgs({
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const rounds = Number(values.rounds)
const nameOf = ({ name, protocol }: Client): string => `${name}, ${protocol}`
const isChosen = (name: string): boolean =>
  words.length === 0 || words.some(word => name.includes(word))
const chosen = clients.filter(client => isChosen(nameOf(client)))

await using odradek = await startOdradek()
await using kafka = await startApacheKafka()
const results = readResults()
let isFine = true

await drillAll()
if (isChosen('delays')) await delayAll()
process.exitCode = isFine ? 0 : 1

/** All chosen clients at the same time, on one broker and then on the other. */
async function drillAll(): Promise<void> {
  const pairs = new Map<Client, Pair<Measured>>()
  for (const client of chosen) {
    pairs.set(client, { odradek: emptyMeasured(), kafka: emptyMeasured() })
  }
  for (let round = 0; round < rounds; round++) {
    for (const [which, broker] of [['odradek', odradek] as const, ['kafka', kafka] as const]) {
      await Promise.all(
        [...pairs].map(([client, pair]) => drill(client, broker, which, pair[which])),
      )
    }
  }
  for (const [client, pair] of pairs) {
    results.drills[nameOf(client)] = pair
    console.log(`${nameOf(client)}: ${describePair(pair).join(', ')}`)
    for (const phase of longer(pair)) fail(`${nameOf(client)}: ${phase} takes longer`)
  }
  writeResults(results)
}

async function drill(
  client: Client,
  { bootstrapServers }: Broker,
  which: string,
  measured: Measured,
): Promise<void> {
  const report = await runDrill(client, bootstrapServers)
  addReport(measured, report)
  for (const complaint of report.complaints) fail(`${nameOf(client)} on ${which}: ${complaint}`)
}

async function delayAll(): Promise<void> {
  results.delays = {
    odradek: await measureDelays(odradek.bootstrapServers),
    kafka: await measureDelays(kafka.bootstrapServers),
  }
  for (const row of describeDelays(results.delays)) console.log(row.join(': '))
  writeResults(results)
}

function fail(what: string): void {
  isFine = false
  console.log(what)
}
