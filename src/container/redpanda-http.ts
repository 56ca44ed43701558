/**
 * What modules for Redpanda ask over HTTP: whether somebody listens on its three ports, and users,
 * by its admin API. Nothing else is there, and that is what it says.
 */
import { pbkdf2 } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { promisify } from 'node:util'
import { kafkaSalt } from '../auth/sasl/scram-accounts.ts'
import { scramMechanisms } from '../auth/scram-mechanisms.ts'
import type { Services } from '../handler.ts'
import { systemRandom } from '../random.ts'
import type { RedpandaPorts } from './redpanda.ts'

interface Answer {
  status: number
  body: unknown
}

type Users = Pick<Services, 'scramCredentials'>

const iterations = 4096
const maxBodyBytes = 65_536
const requestTimeoutMs = 10_000

/** Listens on all three. Rejects with the system's error (EADDRINUSE, …). */
export async function openRedpandaHttp(
  ports: RedpandaPorts,
  users: () => Users,
): Promise<{ close(): void }> {
  const servers = [
    await listen(ports.admin, request => adminAnswer(request, users)),
    await listen(ports.schemaRegistry, async () => absent('no schema registry')),
    await listen(ports.proxy, async () => absent('no REST proxy')),
  ]
  return {
    close() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

function listen(
  port: number,
  answer: (request: IncomingMessage) => Promise<Answer>,
): Promise<Server> {
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    answer(request).then(send, (error: Error) => {
      send({ status: 400, body: { message: error.message, code: 400 } })
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => resolve(server))
  })
}

async function adminAnswer(request: IncomingMessage, users: () => Users): Promise<Answer> {
  // Modules send none; pages in a browser do, and no page may make users.
  if (request.headers.origin !== undefined) {
    return { status: 403, body: { message: 'not for pages in a browser', code: 403 } }
  }
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const { scramCredentials } = users()
  const [, name] = /^\/v1\/security\/users(?:\/([^/]+))?$/.exec(pathname) ?? []
  if (pathname === '/v1/status/ready') return { status: 200, body: { status: 'ready' } }
  if (!pathname.startsWith('/v1/security/users')) return absent('no such resource')
  switch (request.method) {
    case 'GET': {
      const described = scramCredentials.describe([])
      return { status: 200, body: described.map(({ user }) => user) }
    }
    case 'POST':
      return addUser(await bodyOf(request), scramCredentials)
    case 'DELETE': {
      const deletions = scramMechanisms.map(({ number }) => ({
        name: decodeURIComponent(name ?? ''),
        mechanism: number,
      }))
      for (const deletion of deletions) await scramCredentials.alter([deletion], [])
      return { status: 200, body: {} }
    }
    default:
      return absent('no such method')
  }
}

async function addUser(body: unknown, credentials: Users['scramCredentials']): Promise<Answer> {
  const { username, password, algorithm } = (body ?? {}) as Record<string, unknown>
  const mechanism = scramMechanisms.find(each => each.name === algorithm)
  if (typeof username !== 'string' || typeof password !== 'string' || mechanism === undefined) {
    throw new Error('needed: username, password, and algorithm SCRAM-SHA-256 or SCRAM-SHA-512')
  }
  const salt = kafkaSalt(systemRandom.bytes(32))
  const { number, keyBytes, hash } = mechanism
  const saltedPassword = await promisify(pbkdf2)(password, salt, iterations, keyBytes, hash)
  const upsertion = { name: username, mechanism: number, iterations, salt, saltedPassword }
  const [answer] = await credentials.alter([], [upsertion])
  if (answer?.error) throw answer.error
  return { status: 200, body: {} }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new Error(`the body is larger than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

function absent(what: string): Answer {
  return { status: 404, body: { message: `Odradek has ${what} here`, code: 404 } }
}
