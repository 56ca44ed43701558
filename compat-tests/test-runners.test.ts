/** The package in vitest and jest: the files of the docs, and what is told of failures. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf } from './docs/page.ts'
import { newConsumer, type Consumer } from './package/consumer.ts'

const docs = path.join(import.meta.dirname, '../docs')

/** Writes the files that a page has. */
async function writeFiles(consumer: Consumer, page: string): Promise<void> {
  const blocks = blocksOf(await readFile(path.join(docs, page), 'utf8'))
  for (const { file, text } of blocks) if (file !== undefined) await consumer.write(file, text)
}

/** What a command says, that succeeds or fails. */
async function outcome(run: Promise<string>): Promise<{ hasFailed: boolean; said: string }> {
  return run.then(
    said => ({ hasFailed: false, said }),
    (error: Error) => ({ hasFailed: true, said: error.message }),
  )
}

const addUnusedFault = "kafka.fault({ api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' })"

const appendThenFail = (body: string) => `
  const { offset } = await kafka.topic('orders').append({ value: 'one' })
  const { Kafka, logLevel } = await import('kafkajs')
  const brokers = kafka.bootstrapServers.split(',')
  const admin = new Kafka({ clientId: 'asker', brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.fetchTopicOffsets('orders')
  await admin.disconnect()
  ${body}`

describe('vitest', () => {
  let consumer: Consumer
  const vitest = (...args: string[]) =>
    consumer.run('npx', '--no-install', 'vitest', 'run', ...args)

  beforeAll(async () => {
    consumer = await newConsumer('vitest@5.1.1', 'kafkajs@2.2.4')
    await writeFiles(consumer, 'vitest.md')
  })
  afterAll(() => consumer[Symbol.asyncDispose]())

  it('runs the tests of the docs, and ends', async () => {
    expect(await vitest()).toMatch(/Test Files {2}3 passed/)
  })

  it.each([
    ['tells what the broker has seen', '', true],
    ['does not, if it shall not', '.extend({ kafkaOptions: { report: false } })', false],
  ])('of a test that fails %s', async (_, extended, isTold) => {
    const test = `import { expect } from 'vitest'
      import { test } from 'odradek/vitest'
      test${extended}('fails', async ({ kafka }) => {${appendThenFail('expect(offset).toBe(1)')} })`
    await consumer.write('failing.test.js', test)
    const { hasFailed, said } = await outcome(vitest('failing'))
    expect(hasFailed).toBe(true)
    expect(said.includes('asker')).toBe(isTold)
  })

  it('fails a test one of whose faults never fired', async () => {
    const test = `import { test } from 'odradek/vitest'
      test('forgets', ({ kafka }) => void ${addUnusedFault})`
    await consumer.write('failing.test.js', test)
    expect(await outcome(vitest('failing'))).toMatchObject({
      hasFailed: true,
      said: expect.stringContaining('never fired'),
    })
  })

  it('keeps two hundred tests in eight workers apart', async () => {
    for (let file = 0; file < 8; file++) await consumer.write(`many-${file}.test.js`, manyTests)
    const said = await vitest('--maxWorkers', '8', 'many')
    expect(said).toMatch(/Tests {2}200 passed/)
  })
})

/** Each uses the names that all others use. */
const manyTests = `
import { expect } from 'vitest'
import { test } from 'odradek/vitest'
import { startBilling } from './billing.js'
for (let i = 0; i < 25; i++) {
  test('order ' + i, async ({ kafka }) => {
    expect(await kafka.topics()).toEqual([])
    const billing = await startBilling(kafka.bootstrapServers.split(','))
    const id = process.pid + '-' + i
    await kafka.topic('orders').append({ value: { id, total: i } })
    expect(await kafka.topic('invoices').next()).toMatchObject({ json: { order: id, total: i } })
    expect(await kafka.topic('orders').records()).toHaveLength(1)
    await billing.stop()
    expect(await kafka.topic('invoices').records()).toHaveLength(1)
  })
}`

describe('jest', () => {
  let consumer: Consumer
  const jest = (...args: string[]) => consumer.run('npx', '--no-install', 'jest', ...args)

  beforeAll(async () => {
    consumer = await newConsumer('jest@30.5.2', 'kafkajs@2.2.4')
    await consumer.write('package.json', '{}')
    await writeFiles(consumer, 'jest.md')
  })
  afterAll(() => consumer[Symbol.asyncDispose]())

  it('runs the tests of the docs, and ends', async () => {
    await jest('--ci')
    await consumer.write('more.test.js', "test('is another file', () => kafka.topics())")
    await jest('--ci', '--runInBand')
  })

  it('tells of a test that fails what the broker has seen', async () => {
    const test = `test('fails', async () => {${appendThenFail('expect(offset).toBe(1)')} })`
    await consumer.write('failing.test.js', test.replace('await import(', 'require('))
    const { hasFailed, said } = await outcome(jest('--ci', 'failing'))
    expect(hasFailed).toBe(true)
    expect(said).toContain('asker')
  })

  it('fails a test one of whose faults never fired', async () => {
    const test = `test('forgets', () => void ${addUnusedFault})`
    await consumer.write('failing.test.js', test)
    const { hasFailed, said } = await outcome(jest('--ci', 'failing'))
    expect(hasFailed).toBe(true)
    expect(said).toContain('never fired')
  })
})
