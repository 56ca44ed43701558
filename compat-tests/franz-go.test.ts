/**
 * franz-go's admin client: franz-go/ says each operation's answer, expected.tsv what Apache Kafka
 * 4.3.1 answers. With KAFKA_BOOTSTRAP set, against that broker: so the file was checked.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAnswers } from './answers.ts'
import { startServer } from './server.ts'
import { missing, runTool } from './tool.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const skipped = missing('go', 'install Go 1.26 or later')
const targets = external === undefined ? [{ brokers: 1 }, { brokers: 3 }] : [{ brokers: 1 }]
const sources = path.join(import.meta.dirname, 'franz-go')
const expectations = readAnswers(readFileSync(path.join(sources, 'expected.tsv'), 'utf8'))

/** Apache Kafka advertises telemetry only where a receiver is configured (KIP-714); we have one. */
const telemetry = 'ok, client has an id true, compressions [4 3 1 2], 0 metrics wanted'
const ours: ReadonlyMap<string, string> = new Map(
  external === undefined ? [['GetTelemetrySubscriptions', telemetry]] : [],
)

let folder: string
let program: string

beforeAll(async () => {
  if (skipped) return
  folder = await mkdtemp(path.join(tmpdir(), 'odradek-franz-go-'))
  program = path.join(folder, 'admin')
  // The first build of a machine fetches and compiles the client.
  await runTool('go', ['build', '-C', sources, '-o', program, '.'], { timeoutMs: 600_000 })
}, 600_000)
afterAll(async () => {
  if (!skipped) await rm(folder, { recursive: true })
})

describe.skipIf(skipped)(`franz-go: admin${skipped}`, () => {
  describe.each(targets)('on $brokers broker(s)', ({ brokers }) => {
    let answers: ReadonlyMap<string, string>

    beforeAll(async () => {
      await using server =
        external === undefined ? await startServer('--brokers', `${brokers}`) : undefined
      answers = readAnswers(await runTool(program, [external ?? server!.bootstrapServers]))
    })

    it('does what is expected and nothing else', () => {
      expect([...answers.keys()]).toEqual([...expectations.keys()])
    })

    it.each([...expectations])('%s', (operation, answer) => {
      const expected = ours.get(operation) ?? answer
      expect(answers.get(operation)).toBe(expected.replace('{brokers}', `${brokers}`))
    })
  })
})
