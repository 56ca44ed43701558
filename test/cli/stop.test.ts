import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { odradek } from './recorded.ts'
import { run, start } from './process.ts'

const isLinux = process.platform === 'linux'

it.runIf(isLinux)(
  'stops a broker, which saves everything (skipped: /proc tells whom)',
  async () => {
    await using broker = await start(['--durability', 'memory'])
    const refused = await run(['--port', String(broker.port), '--durability', 'memory'])
    expect(refused.stderr).toContain(
      ` by process ${broker.pid} (node). Use --port 0 for a free port, or 'odradek stop'`,
    )
    const { stdout } = await odradek('stop', '--port', String(broker.port), '--json')
    expect(JSON.parse(stdout.join())).toEqual({ pid: broker.pid, port: broker.port })
    expect((await broker.ended).code).toBe(0)
  },
)

it.runIf(isLinux)('stops nobody else (skipped: /proc tells whom)', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(odradek('stop', '--port', String(port))).rejects.toThrow(
    `port ${port} is in use by process ${process.pid} (node): no odradek`,
  )
  other.close()
  await once(other, 'close')
  await expect(odradek('stop', '--port', String(port))).rejects.toThrow(
    `nobody whom you could stop listens on port ${port}: see --port`,
  )
})
