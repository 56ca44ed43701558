import { readdirSync } from 'node:fs'
import type { Api } from '../../protocol/api.ts'
import type { Codec } from '../../protocol/compile.ts'
import type { Field } from '../../protocol/schema.ts'
import { Reader, Writer } from '../../protocol/wire.ts'

export type Direction = 'request' | 'response'

/** One codec: an API's request or response in one version. */
export interface Case {
  api: Api
  name: string
  direction: Direction
  version: number
  schema: Field
  codec: Codec<unknown, unknown>
}

const directory = new URL('../../protocol/apis/', import.meta.url)
const modules = await Promise.all(
  readdirSync(directory).map(
    file => import(new URL(file, directory).href) as Promise<Record<string, Api>>,
  ),
)

/** Every API of protocol/apis, by its number. */
export const apis: readonly Api[] = modules
  .flatMap(module => Object.values(module))
  .toSorted((a, b) => a.key - b.key)

/** Every API × version × direction. */
export const cases: readonly Case[] = apis.flatMap(api => {
  const [first, last] = api.versions
  const versions = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return versions.flatMap(version => [
    caseOf(api, 'request', version),
    caseOf(api, 'response', version),
  ])
})

export function caseOf(api: Api, direction: Direction, version: number): Case {
  const isRequest = direction === 'request'
  return {
    api,
    name: api.name,
    direction,
    version,
    schema: isRequest ? api.request : api.response,
    codec: isRequest ? api.requestCodec(version) : api.responseCodec(version),
  }
}

export function encode(codec: Codec<unknown, unknown>, value: unknown): Buffer {
  const writer = new Writer()
  codec.encode(writer, value)
  return Buffer.concat(writer.finish())
}

/** Fails when bytes are left. */
export function decode(codec: Codec<unknown, unknown>, bytes: Buffer): unknown {
  const reader = new Reader(bytes)
  const value = codec.decode(reader)
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes left`)
  return value
}
