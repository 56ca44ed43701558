/**
 * Clients of five languages and every kind of security: who is welcome on Odradek, and what a
 * client says where it is not, is the same as on Apache Kafka with the same properties.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApacheKafka, startOdradek, topic } from './security/brokers.ts'
import { plan, type Case, type Planned } from './security/cases.ts'
import { writeCertificates } from './security/certificates.ts'
import { tryAll, type Outcomes } from './security/client.ts'
import { clients } from './security/clients.ts'
import { layOut, type Layout } from './security/listeners.ts'
import { issueTokens } from './security/tokens.ts'
import { skipped } from './tools/tools.ts'

const stack = new AsyncDisposableStack()
let planned: Planned[]
let ours: Case[]
let kafkas: Case[]

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'odradek-security-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const certificates = await writeCertificates(folder)
  const { keys, tokens } = await issueTokens(folder)
  planned = plan(certificates, tokens)
  const [own, other] = await Promise.all([layOut(certificates, keys), layOut(certificates, keys)])
  const starts = await Promise.all([startOdradek(own), startApacheKafka(other, keys)])
  for (const broker of starts) stack.use(broker)
  ours = casesOn(own)
  kafkas = casesOn(other)
})
afterAll(() => stack.disposeAsync())

function casesOn({ ports }: Layout): Case[] {
  return planned.map(({ listener, ...one }) => {
    return { ...one, topic, bootstrap: `127.0.0.1:${ports[listener]}` }
  })
}

describe.skipIf(skipped)(`who may connect${skipped}`, () => {
  describe.each(clients)('$name', ({ toolchain }) => {
    const without = toolchain.skipped
    it.skipIf(without)(`is as welcome as on Apache Kafka${without}`, async () => {
      const both = [ours, kafkas].map(cases => tryAll(toolchain, cases))
      const [outcomes, there] = (await Promise.all(both)) as [Outcomes, Outcomes]
      const welcome = Array.from(outcomes, ([name, what]) => [name, what === 'welcome'])
      expect(welcome).toEqual(planned.map(({ name, isWelcome }) => [name, isWelcome]))
      expect(said(outcomes)).toEqual(said(there))
    })
  })
})

/**
 * What a client says, without times and ports, which differ between two runs on the same broker. Of
 * TLS alone it says what its library says, for which a broker has other alerts than Java's has.
 */
function said(outcomes: Outcomes): string[] {
  return planned.map(({ name, protocol }) => {
    const what = outcomes.get(name)!.replaceAll(/\d{4,}|after \d+ms/g, 'N')
    return `${name}: ${protocol === 'SSL' && what !== 'welcome' ? 'refused' : what}`
  })
}
