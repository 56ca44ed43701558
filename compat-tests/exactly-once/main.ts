/**
 * The long drill of chains, into exactly-once.md:
 * `node compat-tests/exactly-once/main.ts [--records N] [--seconds N] [--seed N] [WORD …]`, for all
 * clients and brokers with one of the words in `CLIENT on BROKER`. Ends with 1 if any fails.
 */
import { parseArgs } from 'node:util'
import { brokers, type BrokerName } from './brokers.ts'
import { clients, whySkipped, type Client } from './clients.ts'
import { runDrill } from './drill.ts'
import { addResult } from './results.ts'

const { values, positionals: words } = parseArgs({
  options: {
    records: { type: 'string', default: '250000' },
    seconds: { type: 'string', default: '150' },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
  },
  allowPositionals: true,
})
const [records, seconds, seed] = [values.records, values.seconds, values.seed].map(Number) as [
  number,
  number,
  number,
]

for (const client of clients) {
  for (const broker of Object.keys(brokers) as BrokerName[]) await drill(client, broker)
}

async function drill(client: Client, broker: BrokerName): Promise<void> {
  const name = `${client.name} on ${broker}`
  if (words.length > 0 && !words.some(word => name.includes(word))) return
  const skipped = whySkipped(client)
  if (skipped) return console.log(`${name}${skipped}`)
  await using running = await brokers[broker]()
  const report = await runDrill(client, running, { records, seconds, seed })
  console.log(name, JSON.stringify(report, null, 1))
  if (report.complaints.length > 0) process.exitCode = 1
  addResult({ client: client.name, broker, seed, ...report })
}
