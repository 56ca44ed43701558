import type { AclRow } from '../../storage/metadata-store.ts'
import type { Actor } from '../audit/audit.ts'
import { allOperations, operationCodes, patternTypes, permissionTypes } from './acl-codes.ts'
import type { Principal } from './principal.ts'

/** Who asks. */
export type Asker = Actor

/** What ACLs say; 'nothing': there is none for the resource, whoever it may be for. */
export type Verdict = 'allowed' | 'denied' | 'not allowed' | 'nothing'

/** Stands for every host, and for the resource of any name. */
const wildcard = '*'
/** Names of resources whose patterns are remembered, of each type. */
const maxRemembered = 10_000
/** As long as those of topics may be; a client may ask about groups by names of 32 KB. */
const maxRememberedLength = 249

/**
 * The ACLs by what they are about, so that a decision looks at none that is about something else
 * or somebody else, however many there are. The rules are those of Kafka's StandardAuthorizerData.
 */
export class AclIndex {
  readonly #byType = new Map<number, Patterns>()

  add(row: AclRow): void {
    const patterns = this.#byType.get(row.resourceType) ?? new Patterns()
    this.#byType.set(row.resourceType, patterns)
    patterns.add(row)
  }

  /** It must be there. */
  delete(row: AclRow): void {
    this.#byType.get(row.resourceType)!.delete(row)
  }

  /** What the ACLs say of an operation (AclOperation) on a resource of this type and name. */
  decide(asker: Asker, operation: number, resourceType: number, name: string): Verdict {
    const patterns = this.#byType.get(resourceType)?.matching(name)
    return patterns === undefined ? 'nothing' : decided(patterns, asker, 1 << operation)
  }

  /**
   * Whether the ACLs allow the operation on some resource of this type: on all of them, or on a
   * pattern that no denial covers (Kafka: Authorizer.authorizeByResourceType).
   */
  allowsAny(asker: Asker, operation: number, resourceType: number): boolean {
    return this.#byType.get(resourceType)?.allowsAny(asker, 1 << operation) ?? false
  }
}

function decided(patterns: readonly Pattern[], asker: Asker, operations: number): Verdict {
  if (patterns.length === 0) return 'nothing'
  let verdict: Verdict = 'not allowed'
  for (const pattern of patterns) {
    const says = pattern.says(asker, operations)
    if (says === 'denied') return says
    if (says === 'allowed') verdict = says
  }
  return verdict
}

/** Of one type of resource. */
class Patterns {
  readonly #literal = new Map<string, Pattern>()
  readonly #prefixed = new Map<string, Pattern>()
  /** How many prefixes there are of each length. */
  readonly #lengths = new Map<number, number>()
  /** Those that match a name, by the name. */
  readonly #remembered = new Map<string, readonly Pattern[]>()

  add(row: AclRow): void {
    const { resourceName: name } = row
    const ofType = this.#ofType(row)
    let pattern = ofType.get(name)
    if (pattern === undefined) {
      pattern = new Pattern()
      ofType.set(name, pattern)
      this.#changed(row, 1)
    }
    pattern.add(row)
  }

  delete(row: AclRow): void {
    const { resourceName: name } = row
    const ofType = this.#ofType(row)
    const pattern = ofType.get(name)!
    pattern.delete(row)
    if (!pattern.isEmpty) return
    ofType.delete(name)
    this.#changed(row, -1)
  }

  #ofType({ patternType }: AclRow): Map<string, Pattern> {
    return patternType === patternTypes.prefixed ? this.#prefixed : this.#literal
  }

  /** There is a pattern more, or one less. */
  #changed({ patternType, resourceName: { length } }: AclRow, by: 1 | -1): void {
    this.#remembered.clear()
    if (patternType !== patternTypes.prefixed) return
    const count = (this.#lengths.get(length) ?? 0) + by
    if (count === 0) this.#lengths.delete(length)
    else this.#lengths.set(length, count)
  }

  matching(name: string): readonly Pattern[] {
    const known = this.#remembered.get(name)
    if (known !== undefined) return known
    const matching = this.#prefixesOf(name)
    const literal = this.#literal.get(name)
    const ofAll = this.#literal.get(wildcard)
    if (literal !== undefined) matching.push(literal)
    if (ofAll !== undefined && ofAll !== literal) matching.push(ofAll)
    if (name.length > maxRememberedLength) return matching
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear()
    this.#remembered.set(name, matching)
    return matching
  }

  #prefixesOf(name: string): Pattern[] {
    const matching: Pattern[] = []
    for (const length of this.#lengths.keys()) {
      const pattern = length <= name.length ? this.#prefixed.get(name.slice(0, length)) : undefined
      if (pattern !== undefined) matching.push(pattern)
    }
    return matching
  }

  allowsAny(asker: Asker, operations: number): boolean {
    const says = (pattern: Pattern | undefined) => pattern?.says(asker, operations)
    const ofAll = says(this.#literal.get(wildcard))
    if (ofAll !== undefined) return ofAll === 'allowed'
    const isFree = (name: string) =>
      !this.#prefixesOf(name).some(pattern => says(pattern) === 'denied')
    for (const patterns of [this.#literal, this.#prefixed]) {
      for (const [name, pattern] of patterns) {
        if (says(pattern) === 'allowed' && isFree(name)) return true
      }
    }
    return false
  }
}

interface Entry {
  readonly row: AclRow
  readonly principal: Principal
  /** As `Call.clientHost` writes it, or undefined: any. */
  readonly clientHost: string | undefined
  /** A bit for each, by its number. */
  readonly operations: number
}

/** The ACLs of one pattern, which a resource's name has matched. */
class Pattern {
  readonly #ofEverybody: Entry[] = []
  /** By the principal's name. */
  readonly #own = new Map<string, Entry[]>()

  get isEmpty(): boolean {
    return this.#ofEverybody.length === 0 && this.#own.size === 0
  }

  add(row: AclRow): void {
    const entry = entryOf(row)
    if (isEverybody(entry.principal)) {
      this.#ofEverybody.push(entry)
      return
    }
    const own = this.#own.get(entry.principal.name)
    if (own === undefined) this.#own.set(entry.principal.name, [entry])
    else own.push(entry)
  }

  delete(row: AclRow): void {
    const { principal } = entryOf(row)
    const entries = isEverybody(principal) ? this.#ofEverybody : this.#own.get(principal.name)!
    entries.splice(
      entries.findIndex(entry => entry.row === row),
      1,
    )
    if (this.#own.get(principal.name)?.length === 0) this.#own.delete(principal.name)
  }

  /** Of one of the operations; undefined: nothing. */
  says(asker: Asker, operations: number): 'allowed' | 'denied' | undefined {
    const ofEverybody = saidBy(this.#ofEverybody, asker, operations)
    if (ofEverybody === 'denied') return ofEverybody
    const { name, type } = asker.principal
    const own = this.#own.get(name)
    return (own && saidBy(own, asker, operations, type)) ?? ofEverybody
  }
}

function isEverybody({ type, name }: Principal): boolean {
  return type === 'User' && name === wildcard
}

/** Of principals of the type, if one is given. */
function saidBy(
  entries: readonly Entry[],
  { clientHost }: Asker,
  operations: number,
  type?: string,
): 'allowed' | 'denied' | undefined {
  let said: 'allowed' | undefined
  for (const entry of entries) {
    if ((entry.operations & operations) === 0) continue
    if (type !== undefined && entry.principal.type !== type) continue
    if (entry.clientHost !== undefined && entry.clientHost !== clientHost) continue
    if (entry.row.permissionType === permissionTypes.deny) return 'denied'
    said = 'allowed'
  }
  return said
}

function entryOf(row: AclRow): Entry {
  return {
    row,
    principal: principalOf(row),
    clientHost: row.host === wildcard ? undefined : `/${plainHost(row.host)}`,
    operations: operationsOf(row),
  }
}

/** It has a colon; Kafka takes an empty type and an empty name, which are nobody's. */
function principalOf({ principal }: AclRow): Principal {
  const colon = principal.indexOf(':')
  return { type: principal.slice(0, colon), name: principal.slice(colon + 1) }
}

/** Java writes all of an IPv6 address, Node.js leaves zeros out; both are taken. */
function plainHost(host: string): string {
  const url = host.includes(':') ? URL.parse(`http://[${host}]`) : null
  return url?.hostname.slice(1, -1) ?? host
}

const { read, write, alter, describe, describeConfigs, alterConfigs } = operationCodes

/** Who may do something to a resource may look at it; denials imply nothing. */
const implies: ReadonlyMap<number, number> = new Map([
  [read, describe],
  [write, describe],
  [operationCodes.delete, describe],
  [alter, describe],
  [alterConfigs, describeConfigs],
])

function operationsOf({ operation, permissionType }: AclRow): number {
  if (operation === allOperations) return -1
  const implied = permissionType === permissionTypes.allow ? implies.get(operation) : undefined
  return (1 << operation) | (implied === undefined ? 0 : 1 << implied)
}
