/** Quotas as their users set them, with Kafka's tools, and what its clients notice of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { skipped, Tools } from './tools/tools.ts'

const rate = 100_000
let server: Server | undefined
let tools: Tools

beforeAll(async () => {
  if (skipped) return
  // A burst is a second's worth, so that a throttle takes a second.
  const configs = ['quota.window.num=2', 'controller.quota.window.num=2']
  server = await startServer(...configs.flatMap(config => ['--set', config]))
  tools = await Tools.start(server.bootstrapServers)
})

afterAll(async () => {
  await tools?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

const alter = (of: string, change: string): Promise<string> =>
  tools.run(`kafka-configs --alter ${of} ${change}`)

/** Of the client's own metrics, what it says at its end. */
function metric(out: string, name: string): number {
  const [, value] = new RegExp(`${name}:\\{[^}]*\\}\\s*: ([\\d.]+)`).exec(out) ?? []
  return Number(value)
}

describe.skipIf(skipped)(`kafka-configs sets quotas${skipped}`, () => {
  it.each([
    ['--entity-type users --entity-name alice', "user-principal 'alice'"],
    ['--entity-type users --entity-default', 'the default user-principal'],
    ['--entity-type clients --entity-name app', "client-id 'app'"],
    ['--entity-type clients --entity-default', 'the default client-id'],
    [
      '--entity-type users --entity-name alice --entity-type clients --entity-name app',
      "user-principal 'alice', client-id 'app'",
    ],
    [
      '--entity-type users --entity-default --entity-type clients --entity-default',
      'the default user-principal, the default client-id',
    ],
  ])('of %s', async (of, name) => {
    const quotas = 'producer_byte_rate=1024,consumer_byte_rate=2048,request_percentage=200'
    await alter(of, `--add-config ${quotas},controller_mutation_rate=10`)
    const described = await tools.run(`kafka-configs --describe ${of}`)
    expect(described).toContain(`Quota configs for ${name} are `)
    for (const quota of quotas.split(',')) expect(described).toContain(`${quota}.0`)
    const keys = quotas.replaceAll(/=\d+/g, '')
    await alter(of, `--delete-config ${keys},controller_mutation_rate`)
    expect(await tools.run(`kafka-configs --describe ${of}`)).toBe('')
  })

  it.each(['--entity-name 192.0.2.1', '--entity-default'])('of ips %s', async which => {
    const of = `--entity-type ips ${which}`
    await alter(of, '--add-config connection_creation_rate=5')
    expect(await tools.run(`kafka-configs --describe ${of}`)).toContain(
      'are connection_creation_rate=5.0',
    )
    await alter(of, '--delete-config connection_creation_rate')
  })
})

describe.skipIf(skipped)(`clients of Java 4.3.1 notice their quotas${skipped}`, () => {
  const of = (clientId: string): string => `--entity-type clients --entity-name ${clientId}`
  const load = '--num-records 300 --record-size 1000 --throughput -1 --print-metrics'

  it('a producer', async () => {
    await alter(of('producing'), `--add-config producer_byte_rate=${rate}`)
    const produce = (clientId: string): Promise<string> =>
      tools.run(
        `kafka-producer-perf-test --topic sent ${load} --command-property client.id=${clientId}`,
      )
    expect(metric(await produce('producing'), 'produce-throttle-time-max')).toBeGreaterThan(0)
    expect(metric(await produce('bystander'), 'produce-throttle-time-max')).toBe(0)
  })

  it('a consumer', async () => {
    await tools.run(`kafka-producer-perf-test --topic read ${load}`)
    await alter(of('consuming'), `--add-config consumer_byte_rate=${rate}`)
    const consume = (clientId: string): Promise<string> => {
      const as = `--fetch-size 20000 --print-metrics --command-property client.id=${clientId}`
      return tools.run(`kafka-consumer-perf-test --topic read --num-records 300 ${as}`)
    }
    expect(metric(await consume('consuming'), 'fetch-throttle-time-max')).toBeGreaterThan(0)
    expect(metric(await consume('bystander'), 'fetch-throttle-time-max')).toBe(0)
  })

  it('an administrator', async () => {
    const add = '--entity-type users --entity-default --add-config controller_mutation_rate=0.5'
    await tools.run(`kafka-configs --alter ${add}`)
    const create = (topic: string) =>
      tools.end(`kafka-topics --create --topic ${topic} --partitions 10`)
    // One at once; then nine are owed, for 18 s. The tool does not try again by itself.
    expect((await create('first')).out).toContain('Created topic first.')
    const { exitCode, out, err } = await create('second')
    expect([exitCode, out + err]).toEqual([
      1,
      expect.stringContaining('The throttling quota has been exceeded.'),
    ])
    await tools.run(`kafka-configs --alter ${add.replace('--add', '--delete').replace('=0.5', '')}`)
    expect((await create('second')).out).toContain('Created topic second.')
  })
})
