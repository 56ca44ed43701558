import type { Alteration } from '../config/alter.ts'
import type { ConfigEntry } from '../config/describe.ts'
import type { Context } from '../handler.ts'

interface AlterRequest {
  alteration: Alteration
  /** Check, but change nothing. */
  validateOnly: boolean
  /** Throws unless the client may alter the resource. */
  checkRights(): void
}

/** The resources of one type. All of these throw a KafkaError for a resource that there is not. */
export interface ConfigResources {
  /** The type of resource that ACLs name to give rights to these. */
  readonly guardedAs: 'topic' | 'group' | 'cluster'
  /** Those that there are, or that have configs. */
  names(context: Context): string[]
  describe(name: string, context: Context): ConfigEntry[]
  /** The new configs act, durably, when this resolves. */
  alter(name: string, request: AlterRequest, context: Context): Promise<void>
}
