import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { openRedpandaHttp } from '../../src/container/redpanda-http.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

it('takes users from modules, and from no page in a browser', async () => {
  const [admin, schemaRegistry, proxy] = [await freePort(), await freePort(), await freePort()]
  const added: string[] = []
  const scramCredentials = {
    alter: async (_: unknown, upsertions: readonly { name: string }[]) => {
      added.push(...upsertions.map(({ name }) => name))
      return []
    },
  }
  const users = () => ({ scramCredentials }) as never
  const http = await openRedpandaHttp({ admin, schemaRegistry, proxy }, users)
  const add = async (username: string, headers: Record<string, string>): Promise<number> => {
    const url = `http://127.0.0.1:${admin}/v1/security/users`
    const body = JSON.stringify({ username, password: 'secret', algorithm: 'SCRAM-SHA-256' })
    return (await fetch(url, { method: 'POST', headers, body })).status
  }
  expect(await add('module', {})).toBe(200)
  expect(await add('page', { origin: 'http://127.0.0.1' })).toBe(403)
  expect(added).toEqual(['module'])
  http.close()
})
