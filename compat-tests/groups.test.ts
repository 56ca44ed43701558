/**
 * Groups of real clients, while members are restarted, killed, and too slow: nothing is lost, and
 * nothing comes twice but where the protocol allows it. With KAFKA_BOOTSTRAP set, on that broker,
 * which needs the configs in groups/brokers.ts. How long groups take to settle, there and here, is
 * measured by hand: groups/main.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOdradek, type Broker } from './groups/brokers.ts'
import { clients } from './groups/clients.ts'
import { runDrill } from './groups/drill.ts'

const external = process.env['KAFKA_BOOTSTRAP']

describe.concurrent('groups', () => {
  let broker: Broker | undefined
  let bootstrapServers: string

  beforeAll(async () => {
    if (external === undefined) broker = await startOdradek()
    bootstrapServers = external ?? broker!.bootstrapServers
  })
  afterAll(() => broker?.[Symbol.asyncDispose]())

  // Several at once: most of the time members wait for the sessions of others to end.
  describe.each(clients)('$name $protocol', client => {
    const { skipped } = client.toolchain
    it.skipIf(skipped)(`lose and double nothing${skipped}`, async () => {
      const { complaints, records, times } = await runDrill(client, bootstrapServers)
      const told = times.map(({ phase, ms }) => `${phase} ${Math.round(ms)} ms`)
      const what = `${client.name}, ${client.protocol}: ${records} records`
      process.stdout.write(`${what}; ${told.join(', ')}\n`)
      expect(complaints).toEqual([])
    })
  })
})
