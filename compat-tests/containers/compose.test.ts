/** The example in examples/compose: an application that lives with its broker. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import path from 'node:path'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTool } from '../tool.ts'
import { image, skipped } from './image.ts'

const file = path.join(import.meta.dirname, '../../examples/compose/docker-compose.yml')
const hasPlugin = spawnSync('docker', ['compose', 'version']).status === 0

const patience = { timeout: 60_000, interval: 200 }

function compose(...args: string[]): Promise<string> {
  const all = ['-p', 'odradek-example', '-f', file, ...args]
  return hasPlugin ? runTool('docker', ['compose', ...all]) : runTool('docker-compose', all)
}

describe.skipIf(skipped)(`the compose example${skipped}`, () => {
  let address: string

  beforeAll(async () => {
    const port = await freePort()
    address = `http://localhost:${port}`
    Object.assign(process.env, { PORT: `${port}`, ODRADEK_IMAGE: image })
    await compose('up', '-d', '--build')
  })
  afterAll(async () => {
    await compose('down', '-v', '-t', '2')
  })

  async function invoices(): Promise<Record<string, unknown>> {
    return (await (await fetch(`${address}/invoices`)).json()) as Record<string, unknown>
  }

  async function order(total: number): Promise<string> {
    const body = JSON.stringify({ customer: 'ada', total })
    const response = await fetch(`${address}/orders`, { method: 'POST', body })
    return ((await response.json()) as { id: string }).id
  }

  it('bills an order, and knows it after the broker was started anew', async () => {
    const first = await answered(() => order(10))
    await expect.poll(invoices, patience).toEqual({ [first]: { customer: 'ada', due: 12 } })
    await compose('restart', 'kafka')
    const second = await answered(() => order(20))
    await expect.poll(invoices, patience).toEqual({
      [first]: { customer: 'ada', due: 12 },
      [second]: { customer: 'ada', due: 24 },
    })
    await compose('restart', 'billing')
    const known = async (): Promise<string[]> => Object.keys(await invoices().catch(() => ({})))
    await expect.poll(known, patience).toEqual(expect.arrayContaining([first, second]))
  })
})

/** Until the application listens, and its client has found the broker again. */
async function answered(run: () => Promise<string>): Promise<string> {
  let result = ''
  const attempt = async (): Promise<string> => (result = await run().catch(() => ''))
  await expect.poll(attempt, patience).not.toBe('')
  return result
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
