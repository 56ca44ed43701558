import type { Handler } from '../../src/handler.ts'
import type { ServedApi } from '../../src/served-api.ts'

/** A handler that a test has made, as an API that is served. */
export function loaded(handler: Handler): ServedApi {
  const { key, name, versions } = handler.api
  return { key, name, versions, code: { handler, load: async () => handler } }
}
