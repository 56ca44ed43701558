import type { Alteration } from '../config/alter.ts'
import type { ConfigEntry } from '../config/describe.ts'
import type { Context } from '../handler.ts'

interface AlterRequest {
  alteration: Alteration
  /** Check, but change nothing. */
  validateOnly: boolean
}

/** The resources of one type. All of these throw a KafkaError for a resource that there is not. */
export interface ConfigResources {
  /** Those that there are, or that have configs. */
  names(context: Context): string[]
  describe(name: string, context: Context): ConfigEntry[]
  /** The new configs act, durably, when this resolves. */
  alter(name: string, request: AlterRequest, context: Context): Promise<void>
}
