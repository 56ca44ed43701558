/** SASL PLAIN (RFC 4616) with users from a JAAS config, as Kafka's PlainSaslServer has it. */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { LoginModule } from '../../config/jaas.ts'
import type { Random } from '../../random.ts'
import { SaslFailure, type Mechanism, type SaslStep } from './mechanism.ts'

const userPrefix = 'user_'

/** Whether this is the password of the user. */
export type CheckPassword = (user: string, password: string) => boolean

export function plain(isPassword: CheckPassword): Mechanism {
  const evaluate = (token: Buffer): SaslStep => ({
    challenge: Buffer.alloc(0),
    complete: { principal: { type: 'User', name: userOf(token, isPassword) } },
  })
  return { name: 'PLAIN', start: () => ({ evaluate }) }
}

/** Authorization id, user, password; each text but the first ends with the next NUL. */
function userOf(token: Buffer, isPassword: CheckPassword): string {
  const parts = token.toString('utf8').split('\0', 4)
  const [authorizationId, user, password] = parts
  if (parts.length !== 3) {
    throw told(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
  }
  if (!user) throw told('Authentication failed: username not specified')
  if (!password) throw told('Authentication failed: password not specified')
  if (!isPassword(user, password)) {
    throw told('Authentication failed: Invalid username or password')
  }
  if (authorizationId && authorizationId !== user) {
    throw told(
      'Authentication failed: Client requested an authorization id that is different from username',
    )
  }
  return user
}

function told(message: string): SaslFailure {
  return new SaslFailure(message, message)
}

/**
 * The users of a login module. Kept is what their passwords look like under a key of this process,
 * for a login costs microseconds then; with scrypt or PBKDF2 it would cost milliseconds, and a
 * thousand clients that connect would keep the broker busy for seconds.
 */
export function jaasPasswords(
  { options }: LoginModule,
  random: Pick<Random, 'bytes'>,
): CheckPassword {
  const key = createSecretKey(random.bytes(32))
  const digest = (password: string): Buffer =>
    createHmac('sha256', key).update(password, 'utf8').digest()
  const digests = new Map<string, Buffer>()
  for (const [name, password] of options) {
    if (name.startsWith(userPrefix)) digests.set(name.slice(userPrefix.length), digest(password))
  }
  const nobody = random.bytes(32)
  return (user, password) => {
    const expected = digests.get(user)
    const isEqual = timingSafeEqual(digest(password), expected ?? nobody)
    return isEqual && expected !== undefined
  }
}
