import { crypto } from '../../protocol/builtins.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Change, MetadataStore, ScramCredentialRow } from '../../storage/metadata-store.ts'
import { maxRecordsPerRequest } from '../controller-rules.ts'
import { maxIterations, minIterations, scramMechanisms } from './scram-mechanisms.ts'

export interface ScramDeletion {
  readonly name: string
  readonly mechanism: number
}

export interface ScramUpsertion extends ScramDeletion {
  readonly iterations: number
  readonly salt: Buffer
  readonly saltedPassword: Buffer
}

/** What became of a user of the request. */
export interface ScramAnswer {
  readonly user: string
  readonly error: KafkaError | undefined
}

export interface DescribedScram extends ScramAnswer {
  readonly credentials: readonly { mechanism: number; iterations: number }[]
}

/**
 * The SCRAM credentials of users (RFC 5802). What is kept can verify a password, but is none: salt,
 * iterations, StoredKey and ServerKey.
 */
export class ScramCredentials {
  /** The cluster's own; salts of users that do not exist are made with it. */
  readonly secret: Buffer
  readonly #metadata: Pick<MetadataStore, 'commit'>
  /** By user, then by mechanism. */
  readonly #byUser = new Map<string, Map<number, ScramCredentialRow>>()
  /** By mechanism, as long as nothing changes. */
  readonly #usualIterations = new Map<number, number>()

  constructor(metadata: Pick<MetadataStore, 'commit'>, secret: Buffer = Buffer.alloc(0)) {
    this.secret = secret
    this.#metadata = metadata
  }

  load(rows: ReadonlyMap<string, ScramCredentialRow>): void {
    for (const row of rows.values()) this.#set(row)
  }

  /** What verifies the password that a user has for the mechanism of this number. */
  find(user: string, mechanism: number): ScramCredentialRow | undefined {
    return this.#byUser.get(user)?.get(mechanism)
  }

  /** The iterations that most users have for the mechanism of this number; the least, of none. */
  usualIterations(mechanism: number): number {
    const known = this.#usualIterations.get(mechanism)
    if (known !== undefined) return known
    const rows = [...this.#byUser.values()].flatMap(own => own.get(mechanism) ?? [])
    const usual = mostFrequent(rows.map(({ iterations }) => iterations)) ?? minIterations
    this.#usualIterations.set(mechanism, usual)
    return usual
  }

  /** All users that have credentials, if none is named. */
  describe(names: readonly string[]): DescribedScram[] {
    const seen = new Map<string, number>()
    for (const name of names.length > 0 ? names : this.#byUser.keys()) {
      seen.set(name, (seen.get(name) ?? 0) + 1)
    }
    return Array.from(seen, ([user, times]) => {
      const own = this.#byUser.get(user)
      const error = times > 1 ? duplicate(user) : own === undefined ? notFound(user) : undefined
      const credentials = error ? [] : [...own!.values()]
      return { user, error, credentials }
    })
  }

  /**
   * Each user by itself. The changes are durable when this resolves. Throws UNKNOWN_SERVER_ERROR,
   * as Kafka does, for too many of them.
   */
  async alter(
    deletions: readonly ScramDeletion[],
    upsertions: readonly ScramUpsertion[],
  ): Promise<ScramAnswer[]> {
    if (deletions.length + upsertions.length > maxRecordsPerRequest) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `more than ${maxRecordsPerRequest} changes`)
    }
    const answers = new Map<string, ScramAnswer>()
    const changes = new Map<string, Change>()
    const decide = (user: string, rule: () => Change): void => {
      if (answers.get(user)?.error) return
      try {
        if (answers.has(user)) throw duplicate(user)
        changes.set(user, rule())
        answers.set(user, { user, error: undefined })
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        changes.delete(user)
        answers.set(user, { user, error })
      }
    }
    for (const deletion of deletions) decide(deletion.name, () => this.#deletion(deletion))
    for (const upsertion of upsertions) decide(upsertion.name, () => upsertionOf(upsertion))
    await this.#store([...changes.values()])
    return [...answers.values()]
  }

  #deletion({ name, mechanism }: ScramDeletion): Change {
    checkUser(name, mechanism)
    if (!this.#byUser.get(name)?.has(mechanism)) throw notFound(name)
    return { kind: 'scramCredential', key: rowKey(name, mechanism), value: null }
  }

  async #store(changes: readonly Change[]): Promise<void> {
    for (const { kind, key, value } of changes) {
      if (kind !== 'scramCredential') continue
      if (value === null) this.#delete(key)
      else this.#set(value)
    }
    await this.#metadata.commit(changes)
  }

  #set(row: ScramCredentialRow): void {
    const own = this.#byUser.get(row.user) ?? new Map<number, ScramCredentialRow>()
    this.#byUser.set(row.user, own.set(row.mechanism, row))
    this.#usualIterations.clear()
  }

  #delete(key: string): void {
    const [user, mechanism] = JSON.parse(key) as [string, number]
    const own = this.#byUser.get(user)!
    own.delete(mechanism)
    if (own.size === 0) this.#byUser.delete(user)
    this.#usualIterations.clear()
  }
}

function upsertionOf(upsertion: ScramUpsertion): Change {
  const { name: user, mechanism, iterations, salt, saltedPassword } = upsertion
  const hash = checkUser(user, mechanism)
  if (iterations < minIterations || iterations > maxIterations) {
    throw new KafkaError(
      'UNACCEPTABLE_CREDENTIAL',
      `${iterations} iterations: allowed are ${minIterations} to ${maxIterations}`,
    )
  }
  // Java's HMAC takes no empty key, and Kafka tells of it like this.
  if (saltedPassword.length === 0) {
    throw new KafkaError('UNKNOWN_SERVER_ERROR', 'the salted password is empty')
  }
  const keyFor = (use: string): Buffer =>
    crypto().createHmac(hash, saltedPassword).update(use).digest()
  const value = {
    user,
    mechanism,
    iterations,
    salt: salt.toString('base64'),
    storedKey: crypto().createHash(hash).update(keyFor('Client Key')).digest('base64'),
    serverKey: keyFor('Server Key').toString('base64'),
  }
  return { kind: 'scramCredential', key: rowKey(user, mechanism), value }
}

/** The hash of the mechanism. */
function checkUser(name: string, mechanism: number): string {
  if (name === '') throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'the name of the user is empty')
  const hash = scramMechanisms.find(({ number }) => number === mechanism)?.hash
  if (hash === undefined) {
    throw new KafkaError('UNSUPPORTED_SASL_MECHANISM', `unknown SCRAM mechanism ${mechanism}`)
  }
  return hash
}

function mostFrequent(numbers: readonly number[]): number | undefined {
  const times = new Map<number, number>()
  for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1)
  return [...times].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0]
}

function duplicate(user: string): KafkaError {
  return new KafkaError('DUPLICATE_RESOURCE', `the request names ${user} more than once`)
}

function notFound(user: string): KafkaError {
  return new KafkaError('RESOURCE_NOT_FOUND', `there is no such SCRAM credential of ${user}`)
}

function rowKey(user: string, mechanism: number): string {
  return JSON.stringify([user, mechanism])
}
