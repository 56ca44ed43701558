/**
 * Chains of consume, transform and produce by clients of four languages, while their broker is
 * killed every few seconds and their processes now and then: the output is the input, once and in
 * order. Here briefly; a million records are copied by hand: exactly-once/main.ts.
 */
import { describe, expect, it } from 'vitest'
import { brokers, type BrokerName } from './exactly-once/brokers.ts'
import { clients, whySkipped, type Client } from './exactly-once/clients.ts'
import { runDrill } from './exactly-once/drill.ts'

const records = 20_000
const seconds = 15
const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))

const drills: [name: string, broker: BrokerName, client: Client][] = [
  ...clients.map(client => [client.name, 'Odradek, os', client] as [string, BrokerName, Client]),
  [clients[0]!.name, 'Odradek, disk', clients[0]!],
]

describe(`exactly once, seed ${seed}`, () => {
  describe.each(drills)('%s on %s', (_, broker, client) => {
    const skipped = whySkipped(client)
    it.skipIf(skipped)(`copies each record once${skipped}`, async () => {
      await using running = await brokers[broker]()
      const report = await runDrill(client, running, { records, seconds, seed })
      expect(report.complaints).toEqual([])
      expect(report.duplicates).toBe(0)
      // There was something to be seen.
      expect(report.abortedRecords).toBeGreaterThan(0)
      expect(report.brokerKills).toBeGreaterThan(1)
      expect(report.copierKills).toBeGreaterThan(0)
    })
  })
})
