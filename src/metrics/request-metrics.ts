import type { Api } from '../../protocol/api.ts'
import type { Field } from '../../protocol/schema.ts'
import { errorCodesOf, type ErrorCodes } from './error-codes.ts'
import { Histogram } from './histogram.ts'

/** Up to the 30 s for which clients may have a Fetch wait. */
const boundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 30_000]

interface MeasuredApi extends Pick<Api, 'key' | 'name'> {
  readonly response: Pick<Field, 'facts'>
}

/** The requests of one API. */
export class ApiMetrics {
  readonly api: string
  /** From the request's decoding until its reply is encoded. */
  readonly duration = new Histogram(boundsMs)
  /** Those of partitions and of other parts, each by itself. */
  readonly errors = new Map<number, number>()
  readonly #errorCodes: ErrorCodes | undefined
  readonly #count = (code: number): void => {
    if (code !== 0) this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
  }

  constructor({ name, response }: MeasuredApi) {
    this.api = name
    this.#errorCodes = errorCodesOf(response)
  }

  answered(ms: number, response: unknown): void {
    this.duration.observe(ms)
    if (response !== undefined) this.#errorCodes?.(response, this.#count)
  }
}

/** How requests went, by API; of those that were asked for. */
export class RequestMetrics {
  readonly #byKey: ApiMetrics[] = []

  of(api: MeasuredApi): ApiMetrics {
    return (this.#byKey[api.key] ??= new ApiMetrics(api))
  }

  /** In the order of their keys. */
  all(): ApiMetrics[] {
    return this.#byKey.filter(metrics => metrics !== undefined)
  }
}
