/**
 * Kafka Connect 4.3.1 with exactly-once sources: a connector of three tasks on two distributed
 * workers, while a worker and the broker are killed. Each number comes once and in order, with the
 * offset of its source.
 */
import { describe, expect, it } from 'vitest'
import { configs, runDrill } from './connect/drill.ts'
import { startServer } from './server.ts'
import { skipped } from './tools/tools.ts'

describe.skipIf(skipped)(`Kafka Connect with exactly-once sources${skipped}`, () => {
  it('writes each record once, through kills of a worker and of the broker', async () => {
    await using broker = await startServer(...configs.flatMap(config => ['--set', config]))
    const report = await runDrill(broker, ['broker', 'worker', 'broker'])
    const times = report.recoveriesMs.map(ms => `${Math.round(ms)} ms`).join(', ')
    process.stdout.write(`${report.written} numbers; ${times}\n`)
    expect(report.complaints).toEqual([])
  })
})
