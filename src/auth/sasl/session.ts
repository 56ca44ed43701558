/** SASL on a connection, as Kafka's SaslServerAuthenticator does it (KIP-12, KIP-152, KIP-368). */
import { saslHandshake } from '../../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { saslAuthenticate } from '../../../protocol/apis/36-sasl-authenticate.ts'
import { errors, KafkaError } from '../../../protocol/errors.ts'
import { readRequestStart } from '../../../protocol/header.ts'
import { Reader } from '../../../protocol/wire.ts'
import type { Audit } from '../../audit/audit.ts'
import type { Clock } from '../../clock.ts'
import type { Wire } from '../../connection.ts'
import type { Caller, Dispatch, Dispatched, Reply } from '../../dispatch.ts'
import { Disconnect } from '../../handler.ts'
import { principalText, type Principal } from '../principal.ts'
import type { SaslListener } from './listener.ts'
import { SaslFailure, type Authenticated, type SaslServer } from './mechanism.ts'

export interface SessionOptions {
  caller: Caller
  wire: Wire
  listener: Pick<SaslListener, 'settings' | 'mechanisms' | 'maxReauthMs'>
  dispatch: Dispatch
  clock: Clock
  audit: Pick<Audit, 'record'>
}

/**
 * What is taken next:
 * - `versions`: ApiVersions or SaslHandshake; ApiVersions that was refused may come again;
 * - `handshake`: SaslHandshake, for the versions have been told;
 * - `tokens`: those of an exchange, in SaslAuthenticate or, after SaslHandshake v0, as bare frames;
 * - `requests`: all, for the client is authenticated;
 * - `otherMechanism`: nothing; Kafka refuses with the next frame who authenticates itself again
 *   with another mechanism;
 * - `nothing`: authentication has failed.
 */
type State = 'versions' | 'handshake' | 'tokens' | 'requests' | 'otherMechanism' | 'nothing'

/** Of what a stranger writes into the log. */
const maxLoggedName = 64

/** Kafka: KafkaChannel. */
const minReauthenticationIntervalMs = 1000

/** Who has shown to be whom, and how. */
interface Identity extends Authenticated {
  readonly mechanism: string
}

/** Stands between the frames of a connection and dispatch for as long as it must. */
export class SaslSession {
  readonly #options: SessionOptions
  readonly #maxFrameBytes: number
  #state: State = 'versions'
  #mechanism = ''
  #server: SaslServer | undefined
  /** Tokens come in SaslAuthenticate (KIP-152). */
  #inRequests = false
  #clientId = ''
  /** What was shown last. */
  #identity: Identity | undefined
  /** On the monotonic clock. */
  #expiresAtMs = Infinity
  #reauthenticatedAtMs = -Infinity

  constructor(options: SessionOptions) {
    this.#options = options
    const { caller, wire, listener, clock } = options
    this.#maxFrameBytes = wire.maxFrameBytes
    caller.sasl = this
    wire.maxFrameBytes = listener.settings.saslServerMaxReceiveSize
    const timeoutMs = listener.settings.connectionAuthenticationTimeoutMs
    const deadline = clock.after(timeoutMs, () => {
      if (!this.#identity) wire.disconnect(`not authenticated within ${timeoutMs} ms`)
    })
    caller.closed.addEventListener('abort', () => deadline.cancel())
  }

  /** Throws a Disconnect where Kafka closes without an answer. */
  take(frame: Buffer): Dispatched {
    switch (this.#state) {
      case 'versions':
      case 'handshake':
        return this.#introduction(frame)
      case 'tokens':
        return this.#inRequests ? this.#wrappedToken(frame) : this.#bareToken(frame)
      case 'requests':
        return this.#request(frame)
      case 'otherMechanism':
        this.#fail('another mechanism than before')
        return this.#settled(withoutReply(this.#clientId))
      default:
        throw new Disconnect('authentication has failed')
    }
  }

  /** Of SaslHandshake. Throws ILLEGAL_SASL_STATE when it is not its turn. */
  handshake(mechanism: string, version: number, clientId: string) {
    if (this.#state !== 'versions' && this.#state !== 'handshake') throw illegalState()
    const { mechanisms } = this.#options.listener
    const answer = { errorCode: errors.NONE, mechanisms: [...mechanisms.keys()] }
    const chosen = mechanisms.get(mechanism)
    this.#clientId = clientId
    this.#inRequests = version > 0
    this.#mechanism = mechanism.slice(0, maxLoggedName)
    if (chosen === undefined) {
      this.#fail('there is no such mechanism')
      // Kafka does not get so far as to answer: it fails where it begins to authenticate anew.
      if (this.#identity) throw new Disconnect('authentication has failed')
      return { ...answer, errorCode: errors.UNSUPPORTED_SASL_MECHANISM }
    }
    if (this.#identity && this.#identity.mechanism !== mechanism) {
      this.#state = 'otherMechanism'
      return answer
    }
    this.#server = chosen.start()
    this.#state = 'tokens'
    return answer
  }

  /** Such requests count for no quota, as in Kafka, which does not let them come so far. */
  get isAuthenticating(): boolean {
    return this.#state !== 'requests'
  }

  get takesTokens(): boolean {
    return this.#state === 'tokens'
  }

  /** Of SaslAuthenticate, when tokens are taken. */
  async authenticate(token: Buffer) {
    const answer = { errorCode: errors.NONE, errorMessage: '', sessionLifetimeMs: 0 }
    const authBytes = Buffer.alloc(0)
    try {
      const { challenge, lifetimeMs } = await this.#evaluate(token)
      return { ...answer, authBytes: challenge, sessionLifetimeMs: lifetimeMs }
    } catch (error) {
      if (!(error instanceof SaslFailure)) throw error
      const errorCode = errors.SASL_AUTHENTICATION_FAILED
      const errorMessage = error.clientText ?? this.#invalidCredentials()
      return { ...answer, authBytes, errorCode, errorMessage }
    }
  }

  /** ApiVersions has told the client what it needs. */
  versionsTold(): void {
    if (this.#state === 'versions') this.#state = 'handshake'
  }

  /** The key is looked at before the body is (rule 105). */
  #introduction(frame: Buffer): Dispatched {
    const { apiKey } = readRequestStart(new Reader(frame))
    const isExpected =
      apiKey === saslHandshake.key || (apiKey === apiVersions.key && this.#state === 'versions')
    if (!isExpected) throw new Disconnect(`API key ${apiKey} before authentication`)
    return this.#settled(this.#dispatch(frame))
  }

  #wrappedToken(frame: Buffer): Dispatched {
    const { apiKey } = readRequestStart(new Reader(frame))
    if (apiKey === saslAuthenticate.key) return this.#settled(this.#dispatch(frame))
    this.#fail(`API key ${apiKey} during authentication`)
    return this.#settled(this.#dispatch(frame, illegalState()))
  }

  /** There is no way to tell of an error: who fails is cut off. */
  #bareToken(frame: Buffer): Dispatched {
    const reply = this.#evaluate(frame).then(
      ({ challenge }) => sized(challenge),
      (error: unknown) => {
        if (error instanceof SaslFailure) return undefined
        throw error
      },
    )
    return this.#settled({ ...withoutReply(this.#clientId), reply })
  }

  #request(frame: Buffer): Dispatched {
    if (this.#expiresAtMs === Infinity) return this.#dispatch(frame)
    const { wire, listener, clock } = this.#options
    const nowMs = clock.monotonic()
    const { apiKey } = readRequestStart(new Reader(frame))
    const mayStartAnew = nowMs - this.#reauthenticatedAtMs >= minReauthenticationIntervalMs
    if (apiKey === saslHandshake.key && mayStartAnew) {
      this.#reauthenticatedAtMs = nowMs
      this.#state = 'handshake'
      wire.maxFrameBytes = listener.settings.saslServerMaxReceiveSize
      return this.#settled(this.#dispatch(frame))
    }
    if (nowMs > this.#expiresAtMs) throw new Disconnect('the session has expired')
    return this.#dispatch(frame)
  }

  #dispatch(frame: Buffer, refusal?: KafkaError): Dispatched {
    return this.#options.dispatch(frame, this.#options.caller, refusal)
  }

  async #evaluate(token: Buffer): Promise<{ challenge: Buffer; lifetimeMs: number }> {
    try {
      const { challenge, complete } = await this.#server!.evaluate(token)
      return { challenge, lifetimeMs: complete ? this.#complete(complete) : 0 }
    } catch (error) {
      this.#fail((error as Error).message)
      throw error
    }
  }

  /** How long the client may go on, in milliseconds; 0: for ever. */
  #complete(authenticated: Authenticated): number {
    const { caller, wire, listener, clock } = this.#options
    const { principal, expiresAtMs } = authenticated
    if (this.#identity) checkUnchanged(this.#identity.principal, principal)
    const maxMs = listener.maxReauthMs(this.#mechanism)
    const lifetimeMs = sessionLifetimeMs(clock.now(), expiresAtMs, maxMs)
    this.#expiresAtMs = clock.monotonic() + lifetimeMs
    this.#identity = { ...authenticated, mechanism: this.#mechanism }
    this.#server = undefined
    this.#state = 'requests'
    caller.principal = principal
    this.#tell('success')
    wire.maxFrameBytes = this.#maxFrameBytes
    return lifetimeMs === Infinity ? 0 : lifetimeMs
  }

  #fail(reason: string): void {
    this.#state = 'nothing'
    this.#server = undefined
    this.#tell('failure', reason)
  }

  #tell(outcome: 'success' | 'failure', reason?: string): void {
    const { caller, audit } = this.#options
    const actor = { ...caller, clientId: this.#clientId }
    const mechanism = this.#mechanism
    audit.record({ type: 'authentication', outcome, actor, mechanism, reason })
  }

  /** The answer to a failure is held back, so that guessing takes time; then the session ends. */
  #settled(dispatched: Dispatched): Dispatched {
    const hold = async (reply: Reply): Promise<Reply> => {
      if (this.#state !== 'nothing') return reply
      dispatched.closeAfterMs = 0
      await this.#failureDelay()
      return reply
    }
    const { reply } = dispatched
    if (reply instanceof Promise) dispatched.reply = reply.then(hold)
    else if (this.#state === 'nothing') dispatched.reply = hold(reply)
    dispatched.overlaps = false
    return dispatched
  }

  #failureDelay(): Promise<void> {
    const { clock, listener } = this.#options
    const delayMs = listener.settings.connectionFailedAuthenticationDelayMs
    return new Promise(resolve => clock.after(delayMs, resolve))
  }

  #invalidCredentials(): string {
    const what = this.#identity ? 're-authentication' : 'authentication'
    return (
      `Authentication failed during ${what} due to invalid credentials` +
      ` with SASL mechanism ${this.#mechanism}`
    )
  }
}

/** Undefined credentials end never; `maxMs` 0 sets no limit (KIP-368). */
function sessionLifetimeMs(nowMs: number, expiresAtMs: number | undefined, maxMs: number): number {
  const credentialMs = expiresAtMs === undefined ? Infinity : Math.max(0, expiresAtMs - nowMs)
  return Math.min(credentialMs, maxMs > 0 ? maxMs : Infinity)
}

function checkUnchanged(before: Principal, after: Principal): void {
  if (principalText(before) === principalText(after)) return
  const text = ({ type, name }: Principal): string => `${type}.${name}`
  const names = `${text(before)}: ${text(after)}`
  const message = `Cannot change principals during re-authentication from ${names}`
  throw new SaslFailure(message, message)
}

function illegalState(): KafkaError {
  return new KafkaError('ILLEGAL_SASL_STATE')
}

function withoutReply(clientId: string): Dispatched {
  return { reply: undefined, overlaps: false, clientId }
}

function sized(token: Buffer): Buffer[] {
  const size = Buffer.alloc(4)
  size.writeInt32BE(token.length)
  return token.length === 0 ? [size] : [size, token]
}
