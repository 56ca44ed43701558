/** An API: its key, its versions, and the schemas of its request and response. */
import type { Codec } from './compile.ts'
import type { Message } from './schema.ts'
import { Reader, Writer } from './wire.ts'

export interface Definition<Request, RequestIn, Response, ResponseIn> {
  /** Kafka's number of the API. */
  key: number
  /** Kafka's name of the API. */
  name: string
  /** First and last version. */
  versions: readonly [number, number]
  /** First version with compact types and tagged fields; null for none (KIP-482). */
  flexibleSince: number | null
  request: Message<Request, RequestIn>
  response: Message<Response, ResponseIn>
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
  message: Message<Out, In>,
  isFlexible: (version: number) => boolean,
): (version: number) => Codec<Out, In> {
  const codecs: Codec<Out, In>[] = []
  return version => (codecs[version] ??= message.compile(version, isFlexible(version)))
}

/** Bodies without header, for tests and tools. */
export function encodeRequest<In>(
  of: Pick<Api<unknown, In>, 'requestCodec'>,
  version: number,
  value: In,
): Buffer {
  return encode(of.requestCodec(version), value)
}

export function decodeRequest<Out>(
  of: Pick<Api<Out>, 'requestCodec'>,
  version: number,
  body: Buffer,
): Out {
  return of.requestCodec(version).decode(new Reader(body))
}

export function encodeResponse<In>(
  of: Pick<Api<unknown, never, unknown, In>, 'responseCodec'>,
  version: number,
  value: In,
): Buffer {
  return encode(of.responseCodec(version), value)
}

export function decodeResponse<Out>(
  of: Pick<Api<unknown, never, Out>, 'responseCodec'>,
  version: number,
  body: Buffer,
): Out {
  return of.responseCodec(version).decode(new Reader(body))
}

function encode<In>(codec: Pick<Codec<unknown, In>, 'encode'>, value: In): Buffer {
  const writer = new Writer()
  codec.encode(writer, value)
  return Buffer.concat(writer.finish())
}
