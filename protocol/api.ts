/** An API: its key, its versions, and the schemas of its request and response. */
import { compile, type Codec } from './compile.ts'
import type { Field } from './schema.ts'
import { Writer } from './wire.ts'

export interface Definition<Request, RequestIn, Response, ResponseIn> {
  /** Kafka's number of the API. */
  key: number
  /** Kafka's name of the API. */
  name: string
  /** First and last version. */
  versions: readonly [number, number]
  /** First version with compact types and tagged fields; null for none (KIP-482). */
  flexibleSince: number | null
  request: Field<Request, RequestIn>
  response: Field<Response, ResponseIn>
}

export interface Api<
  Request = unknown,
  RequestIn = never,
  Response = unknown,
  ResponseIn = never,
> extends Definition<Request, RequestIn, Response, ResponseIn> {
  isFlexible(version: number): boolean
  /** The response's header has tags; never for ApiVersions, which must be readable (KIP-511). */
  hasFlexibleResponseHeader(version: number): boolean
  requestCodec(version: number): Codec<Request, RequestIn>
  responseCodec(version: number): Codec<Response, ResponseIn>
}

/** What ApiVersions tells of an API; of its versions, perhaps not all (see src/emulation.ts). */
export type ApiRange = Pick<Api, 'key' | 'name' | 'versions'>

const apiVersionsKey = 18

export function api<Request, RequestIn, Response, ResponseIn>(
  definition: Definition<Request, RequestIn, Response, ResponseIn>,
): Api<Request, RequestIn, Response, ResponseIn> {
  const { key, flexibleSince } = definition
  const isFlexible = (version: number): boolean =>
    flexibleSince !== null && version >= flexibleSince
  return {
    ...definition,
    isFlexible,
    hasFlexibleResponseHeader: version => key !== apiVersionsKey && isFlexible(version),
    requestCodec: compiledOnce(definition.request, isFlexible),
    responseCodec: compiledOnce(definition.response, isFlexible),
  }
}

/** Codecs are compiled at their first use: most versions are never asked for. */
function compiledOnce<Out, In>(
  message: Field<Out, In>,
  isFlexible: (version: number) => boolean,
): (version: number) => Codec<Out, In> {
  const codecs: Codec<Out, In>[] = []
  return version => (codecs[version] ??= compile(message, version, isFlexible(version)))
}

/** A request's body without its header, for clients. */
export function encodeRequest<In>(
  of: Pick<Api<unknown, In>, 'requestCodec'>,
  version: number,
  value: In,
): Buffer {
  const writer = new Writer()
  of.requestCodec(version).encode(writer, value)
  return Buffer.concat(writer.finish())
}
