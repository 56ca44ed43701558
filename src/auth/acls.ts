import { errors, KafkaError } from '../../protocol/errors.ts'
import type { AclRow, Change, MetadataStore } from '../../storage/metadata-store.ts'
import { maxRecordsPerRequest } from '../controller-rules.ts'
import type { Random } from '../random.ts'
import { AclIndex } from './acl-index.ts'
import {
  aclText,
  faultOf,
  faultOfFilter,
  isMeant,
  refuseFilter,
  type AclFilter,
} from './acl-rules.ts'

/** What a broker without `authorizer.class.name` answers to everything about ACLs. */
export const noAuthorizer = {
  errorCode: errors.SECURITY_DISABLED,
  errorMessage: 'This broker has no authorizer.',
} as const

export interface AclsOptions {
  metadata: Pick<MetadataStore, 'commit'>
  random: Pick<Random, 'id'>
}

/** What became of a filter: what was deleted, or what is wrong with it. */
export type Deleted = { readonly acls: readonly AclRow[] } | { readonly error: KafkaError }

/** The access control lists: each entry of them is an ACL of its own. */
export class Acls {
  /** For decisions. */
  readonly index = new AclIndex()
  readonly #options: AclsOptions
  readonly #byId = new Map<string, AclRow>()
  /** By all that an ACL says, so that none is there twice. */
  readonly #texts = new Set<string>()

  constructor(options: AclsOptions) {
    this.#options = options
  }

  load(rows: ReadonlyMap<string, AclRow>): void {
    for (const [id, row] of rows) this.#add(id, row)
  }

  describe(filter: AclFilter): AclRow[] {
    return [...this.#byId.values()].filter(row => isMeant(row, filter))
  }

  /**
   * Each by itself: undefined, or what is wrong with it. One that is there already is none too
   * many. Durable when this resolves. Throws as `refuseFilter`.
   */
  async create(acls: readonly AclRow[]): Promise<(KafkaError | undefined)[]> {
    for (const acl of acls) refuseFilter(acl)
    const faults = acls.map(faultOf)
    const created = new Map<string, AclRow>()
    for (const [i, acl] of acls.entries()) {
      const text = aclText(acl)
      if (faults[i] === undefined && !this.#texts.has(text)) created.set(text, acl)
    }
    if (created.size > maxRecordsPerRequest) {
      const message = `more than ${maxRecordsPerRequest} ACLs in one request`
      return faults.map(fault => fault ?? new KafkaError('POLICY_VIOLATION', message))
    }
    const changes = Array.from(created.values(), (value): Change => {
      const key = this.#options.random.id()
      this.#add(key, value)
      return { kind: 'acl', key, value }
    })
    await this.#options.metadata.commit(changes)
    return faults
  }

  /** Each filter by itself; too many ACLs are too many for all. Durable when this resolves. */
  async delete(filters: readonly AclFilter[]): Promise<Deleted[]> {
    const all = [...this.#byId]
    const meant = new Map<string, AclRow>()
    const results = filters.map((filter): Deleted => {
      const error = faultOfFilter(filter)
      if (error) return { error }
      const found = all.filter(([, row]) => isMeant(row, filter))
      for (const [id, row] of found) meant.set(id, row)
      return { acls: found.map(([, row]) => row) }
    })
    if (meant.size > maxRecordsPerRequest) {
      const message = `more than ${maxRecordsPerRequest} ACLs in one request`
      return filters.map(() => ({ error: new KafkaError('INVALID_REQUEST', message) }))
    }
    for (const [id, row] of meant) this.#delete(id, row)
    const changes = Array.from(meant.keys(), (key): Change => ({ kind: 'acl', key, value: null }))
    await this.#options.metadata.commit(changes)
    return results
  }

  #add(id: string, row: AclRow): void {
    this.#byId.set(id, row)
    this.#texts.add(aclText(row))
    this.index.add(row)
  }

  #delete(id: string, row: AclRow): void {
    this.#byId.delete(id)
    this.#texts.delete(aclText(row))
    this.index.delete(row)
  }
}
