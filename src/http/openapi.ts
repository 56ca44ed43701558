/** The document that describes the routes: made of the values by which they are served. */
import type { JsonSchema } from '../cli/json-schema.ts'
import { version } from '../version.ts'
import type { Answer, Route } from './route.ts'
import { error } from './v1/schemas.ts'

/** OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const { method, path } = route
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Odradek',
      version,
      description:
        'What tests and tools need of a broker, besides the Kafka protocol. Bodies are JSON,' +
        ' whatever content type is given.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'http.token, if it is set.' },
      },
      schemas: { Error: error.json },
    },
  }
}

function operation(route: Route): object {
  const { method, path, summary, access, params, query, body, bodyType, answers } = route
  const parameters = [...parametersOf(params?.json, 'path'), ...parametersOf(query?.json, 'query')]
  return {
    operationId: operationId(method, path),
    summary,
    tags: [path.split('/')[2]!],
    ...(access === 'development' && { description: 'Needs a broker for development (--dev).' }),
    ...(parameters.length > 0 && { parameters }),
    ...((body ?? bodyType) && { requestBody: requestBody(body?.json, bodyType) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([code, each]) => [code, answer(each)])),
      default: {
        description: 'What is wrong, and what to do.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

/** 'getTopicsTopicRecords' */
function operationId(method: string, path: string): string {
  const words = path.split('/').slice(2)
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
  return method.toLowerCase() + words.map(word => capital(word.replaceAll(/\W/g, ''))).join('')
}

function parametersOf(schema: JsonSchema | undefined, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Readonly<Record<string, JsonSchema>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

function requestBody(schema: JsonSchema | undefined, type = 'application/json'): object {
  return {
    required: schema !== undefined,
    content: { [type]: schema === undefined ? {} : { schema } },
  }
}

function answer({ description, schema, type = 'application/json' }: Answer): object {
  return { description, ...(schema && { content: { [type]: { schema: schema.json } } }) }
}
