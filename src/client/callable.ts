import type { Api } from '../../protocol/api.ts'
import type { Codec } from '../../protocol/compile.ts'

type Facts = Pick<Api, 'key' | 'name' | 'versions' | 'isFlexible' | 'hasFlexibleResponseHeader'>

/** What a client needs of an API: to write requests, and to read answers. */
export interface Callable<In, Out> extends Facts {
  requestCodec(version: number): Codec<unknown, In>
  responseCodec(version: number): Pick<Codec<Out, never>, 'decode'>
}
