/**
 * confluent-kafka's admin client for Python, which is librdkafka's: confluent-kafka/admin.py says
 * each operation's answer, expected.tsv what Apache Kafka 4.3.1 answers. With KAFKA_BOOTSTRAP set,
 * against that broker: so the file was checked.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAnswers } from './answers.ts'
import { installClient, python, skipped } from './confluent-kafka/install.ts'
import { startServer } from './server.ts'
import { runTool } from './tool.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const targets = external === undefined ? [{ brokers: 1 }, { brokers: 3 }] : [{ brokers: 1 }]
const program = path.join(import.meta.dirname, 'confluent-kafka/admin.py')
const expectedFile = path.join(import.meta.dirname, 'confluent-kafka/expected.tsv')
const expectations = readAnswers(readFileSync(expectedFile, 'utf8'))

beforeAll(installClient)

describe.skipIf(skipped)(`confluent-kafka: admin${skipped}`, () => {
  describe.each(targets)('on $brokers broker(s)', ({ brokers }) => {
    let answers: ReadonlyMap<string, string>

    beforeAll(async () => {
      await using server =
        external === undefined ? await startServer('--brokers', `${brokers}`) : undefined
      const bootstrapServers = external ?? server!.bootstrapServers
      answers = readAnswers(await runTool(python, [program, bootstrapServers, expectedFile]))
    })

    it('does what is expected and nothing else', () => {
      expect([...answers.keys()]).toEqual([...expectations.keys()])
    })

    it.each([...expectations])('%s', (operation, answer) => {
      expect(answers.get(operation)).toBe(answer.replace('{brokers}', `${brokers}`))
    })
  })
})
