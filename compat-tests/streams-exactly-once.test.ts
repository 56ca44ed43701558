/**
 * Kafka Streams 4.3.1 with exactly_once_v2: words are counted, tables are joined, windows are
 * summed, while instances of the application and the broker are killed, and state is restored. What
 * is committed follows from the input alone. Longer, and on Apache Kafka, by hand: streams/main.ts.
 */
import { describe, expect, it } from 'vitest'
import { startServer } from './server.ts'
import { configs, runDrill } from './streams/drill.ts'
import { skipped } from './tools/tools.ts'

describe.skipIf(skipped)(`Kafka Streams with exactly_once_v2${skipped}`, () => {
  it.each([
    ['classic', 'memory'],
    ['streams', 'rocksdb'],
  ] as const)('is exact through kills, protocol %s, stores in %s', async (protocol, stores) => {
    await using server = await startServer(...configs.flatMap(config => ['--set', config]))
    const report = await runDrill(server, {
      release: '4.3.1',
      protocol,
      stores,
      transactionTimeoutMs: 10_000,
      faults: ['broker', 'instance', 'both'],
    })
    const times = report.recoveriesMs.map(ms => `${Math.round(ms)} ms`).join(', ')
    process.stdout.write(`${protocol}, ${stores}: ${report.written} records; ${times}\n`)
    expect(report.complaints).toEqual([])
  })
})
