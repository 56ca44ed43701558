/** Asks a broker over HTTP, and holds each answer against the OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, onTestFinished } from 'vitest'
import { startBroker, type StartedBroker } from '../../../src/index.ts'

interface Operation {
  operationId: string
  description?: string
  responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema?: object }>> }>>
}

export interface OpenApi {
  openapi: string
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: { schemas: { Error: object } }
}

export interface Answer<Body> {
  status: number
  body: Body
}

export interface Api {
  broker: StartedBroker
  url: string
  document: OpenApi
  /** `path` as the document has it is found by itself. */
  ask<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
}

/** For one test. */
export async function startApi(
  config: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Api> {
  const broker = await startBroker({ config })
  onTestFinished(() => broker.close())
  const url = `http://${broker.bootstrapServers.split(',')[0]}`
  const document = (await (await fetch(`${url}/v1/openapi.json`, { headers })).json()) as OpenApi
  return {
    broker,
    url,
    document,
    async ask(method, path, body) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await fetch(url + path, {
        method,
        headers,
        ...(text !== undefined && { body: text }),
      })
      const answer = await response.text()
      const json = (answer === '' ? undefined : JSON.parse(answer)) as never
      holdAgainst(document, { method, path, status: response.status, body: json })
      return { status: response.status, body: json }
    },
  }
}

interface Exchange extends Answer<unknown> {
  method: string
  path: string
}

const ajv = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': true } })

function holdAgainst({ paths, components }: OpenApi, exchange: Exchange): void {
  const { method, path, status, body } = exchange
  const asked = path.split('?', 1)[0]!
  const pattern = Object.keys(paths).find(each =>
    new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(asked),
  )
  const responses = pattern && paths[pattern]![method.toLowerCase()]?.responses
  if (!responses) return expect(status).toBe(404)
  const declared = responses[status]
  if (declared === undefined) expect(status).toBeGreaterThanOrEqual(400)
  const schema = declared
    ? declared.content?.['application/json']?.schema
    : components.schemas.Error
  if (schema === undefined) return expect(body).toBeUndefined()
  const isValid = ajv.compile(schema)
  if (!isValid(body)) {
    throw new Error(`${method} ${path} ${status}: ${ajv.errorsText(isValid.errors)}`)
  }
}
