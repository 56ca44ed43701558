/** The npm package as users get it: packed, installed in an empty folder, run, and compiled. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesIn, newConsumer, nodeBinary, packOnce, type Consumer } from './package/consumer.ts'

const released = [22, 24, 26] as const
const compilers = ['5.9.3', '7.0.2'] as const

const useOfBroker = `
import { startBroker } from 'odradek'
const broker = await startBroker({ topics: { orders: { partitions: 3 } } })
const other = await startBroker()
await broker.topic('orders').append({ key: 'a', value: { total: 12 } })
const [record] = await broker.topic('orders').take(1)
console.log(record.json.total, broker.bootstrapServers === other.bootstrapServers)
// Nothing is closed: neither broker keeps the process alive.
`

const typedUse = `
import { startBroker, type StartedBroker, type StartOptions } from 'odradek'
const options: StartOptions = { config: { 'num.partitions': 3 }, topics: { orders: {} } }
const broker: StartedBroker = await startBroker(options)
const address: string = broker.bootstrapServers
const [record] = await broker.topic<{ total: number }>('orders').take(1)
const total: number | undefined = record?.json.total
// @ts-expect-error it is no number
const wrong: number = broker.bootstrapServers
// @ts-expect-error there is no such option
await startBroker({ partitions: 3 })
console.log(address, total, wrong)
`

describe('the npm package', () => {
  let consumer: Consumer

  beforeAll(async () => {
    const typescripts = compilers.map(version => `ts-${version}@npm:typescript@${version}`)
    consumer = await newConsumer(...typescripts, '@types/node@24')
  })

  afterAll(() => consumer[Symbol.asyncDispose]())

  it('has what it needs, and nothing else', async () => {
    const files = await filesIn(await packOnce())
    const code = /^package\/(bin|src|protocol|storage)\/.*(\.js|\.d\.ts)$/
    const rest = /^package\/(docs\/.*|[A-Z]+(\.md)?|package\.json)$/
    expect(files.filter(file => !code.test(file) && !rest.test(file))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md']))
  })

  describe.each(released)('on Node.js %i', major => {
    let node: string

    beforeAll(async () => {
      const binary = await nodeBinary(major)
      if (binary === undefined) throw new Error(`npm has no Node.js ${major} for this platform`)
      node = binary
    })

    it('starts brokers in the process', async () => {
      await consumer.write('use.js', useOfBroker)
      expect(await consumer.run(node, 'use.js')).toBe('12 false\n')
    })

    it('brings its command', async () => {
      const bin = path.join(consumer.folder, 'node_modules/.bin/odradek')
      expect(await consumer.run(node, bin, '--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
      const broker = spawn(node, [bin, '--port', '0', '--data-dir', `data-${major}`], {
        cwd: consumer.folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const [line] = (await once(createInterface(broker.stderr), 'line')) as [string]
      const { addresses } = JSON.parse(line) as { addresses: [string] }
      const socket = connect(Number(addresses[0].split(':')[1]), '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
      broker.kill('SIGTERM')
      expect(await once(broker, 'exit')).toEqual([0, null])
      await expect(consumer.run(node, bin, '--prot', '1')).rejects.toThrow('exit code 2')
    })
  })

  it('takes npx', async () => {
    expect(await consumer.run('npx', '--no-install', 'odradek', '--version')).toMatch(/^\d/)
  })

  describe.each(compilers)('compiles with TypeScript %s', version => {
    it.each(['nodenext', 'bundler'])('and module resolution %s', async resolution => {
      await consumer.write('use.ts', typedUse)
      const module = resolution === 'bundler' ? 'esnext' : resolution
      const flags = ['--strict', '--noEmit', '--module', module, '--moduleResolution', resolution]
      const compiler = path.join(consumer.folder, `node_modules/ts-${version}/bin/tsc`)
      const compile = (...more: string[]) =>
        consumer.run(
          process.execPath,
          compiler,
          ...flags,
          '--target',
          'es2022',
          '--types',
          'node',
          ...more,
          'use.ts',
        )
      expect(await compile()).toBe('')
      expect(await compile('--skipLibCheck')).toBe('')
    })
  })
})
