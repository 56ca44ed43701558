/** Bodies of requests: JSON, whatever the client says that they are, or a stream. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseJson } from '../admin/json-value.ts'
import { HttpError } from './errors.ts'

export const maxBodyBytes = 1_048_576

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads the body itself, and as much as it likes. */
    isStreamed?: boolean
  }
}

/** `curl -d` says that its JSON is a form; nobody here takes forms. */
export function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.routeOptions.config.isStreamed) return payload
    const text = await textOf(payload)
    return text.trim() === '' ? undefined : parseJson(text)
  })
}

async function textOf(payload: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) {
      const hint = 'Send less at a time, or a stream to /v1/import.'
      const message = `the body is larger than ${maxBodyBytes} bytes`
      throw new HttpError(413, 'BODY_TOO_LARGE', message, hint)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
