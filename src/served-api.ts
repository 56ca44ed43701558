import type { ApiRange } from '../protocol/api.ts'
import type { Handler } from './handler.ts'

/** An API that is served, of its versions perhaps not all (see emulation.ts). */
export interface ServedApi extends ApiRange {
  readonly code: HandlerCode
}

/** The code of a handler, with the schemas that it brings: hundreds of files in all. */
export interface HandlerCode {
  /** Undefined until it is loaded. */
  readonly handler: Handler | undefined
  load(): Promise<Handler>
}

/** Declares that an API is served, in the versions of its schema. */
export function served(
  key: number,
  name: string,
  versions: ApiRange['versions'],
  load: () => Promise<{ default: Handler }>,
): ServedApi {
  let handler: Handler | undefined
  const code: HandlerCode = {
    get handler() {
      return handler
    },
    load: async () => (handler ??= (await load()).default),
  }
  return { key, name, versions, code }
}

/** Loads all of them, one after the other: what else the process does goes on meanwhile. */
export async function loadHandlers(apis: readonly ServedApi[]): Promise<Handler[]> {
  const handlers: Handler[] = []
  for (const { code } of apis) handlers.push(await code.load())
  return handlers
}
