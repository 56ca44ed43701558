import { encodeRequest, type Api } from '../../protocol/api.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Connection } from './connection.ts'

/** The answer to one request; no answer is an error. */
export async function ask<In, Out, OutIn>(
  connection: Connection,
  api: Api<unknown, In, Out, OutIn>,
  version: number,
  body: In,
): Promise<Out> {
  const bytes = encodeRequest(api, version, body)
  const outcome = await connection.ask(api as unknown as Api, version, bytes)
  if (typeof outcome === 'string') throw new Error(`${api.name}: ${outcome}`)
  return outcome.answer as Out
}

export function check(errorCode: number): void {
  if (errorCode !== 0) throw new Error(errorName(errorCode))
}
