/** What becomes of a delegation token: pure rules (Kafka: DelegationTokenControlManager). */
import { KafkaError } from '../../protocol/errors.ts'
import type { DelegationTokenRow } from '../../storage/metadata-store.ts'
import type { Config } from '../config.ts'
import { anonymous, principalText, type Principal } from './principal.ts'
import type { Call } from '../call.ts'

export type TokenConfig = Pick<
  Config,
  'delegationTokenMaxLifetimeMs' | 'delegationTokenExpiryTimeMs'
>

export interface TokenPeople {
  owner: Principal
  /** Who asks for it, maybe for somebody else (KIP-373). */
  requester: Principal
  renewers: readonly Principal[]
}

/**
 * Whether a client may ask about tokens at all: it must have shown by itself who it is, so that no
 * token makes further ones (Kafka: KafkaApis.allowTokenRequests).
 */
export function mayAskForTokens({
  principal,
  listener,
}: Pick<Call, 'principal' | 'listener'>): boolean {
  if (principal.fromToken || listener.protocol === 'PLAINTEXT') return false
  return listener.protocol !== 'SSL' || !isSame(principal, anonymous)
}

export function isSame(one: Principal, other: Principal): boolean {
  return one.type === other.type && one.name === other.name
}

/** `maxLifetimeMs`: of 0 or less, and above the broker's, it is the broker's. */
export function newToken(
  { owner, requester, renewers }: TokenPeople,
  maxLifetimeMs: number,
  config: TokenConfig,
  nowMs: number,
): DelegationTokenRow {
  const maxTimestampMs = after(nowMs, shorter(maxLifetimeMs, config.delegationTokenMaxLifetimeMs))
  return {
    owner: principalText(owner),
    requester: principalText(requester),
    renewers: renewers.map(principalText),
    issueTimestampMs: nowMs,
    maxTimestampMs,
    expiryTimestampMs: Math.min(maxTimestampMs, after(nowMs, config.delegationTokenExpiryTimeMs)),
  }
}

/** `periodMs`: of 0 or less, and above the broker's, it is the broker's. */
export function renewed(
  token: DelegationTokenRow,
  renewer: Principal,
  periodMs: number,
  config: TokenConfig,
  nowMs: number,
): DelegationTokenRow {
  checkAlive(token, nowMs)
  checkRenewer(token, renewer)
  return expiringAfter(token, shorter(periodMs, config.delegationTokenExpiryTimeMs), nowMs)
}

/** Undefined where nothing is to stay of the token. `periodMs`: from now on; below 0 at once. */
export function expiring(
  token: DelegationTokenRow,
  renewer: Principal,
  periodMs: number,
  nowMs: number,
): DelegationTokenRow | undefined {
  checkRenewer(token, renewer)
  if (periodMs < 0) return undefined
  checkAlive(token, nowMs)
  return expiringAfter(token, periodMs, nowMs)
}

export function isExpired({ expiryTimestampMs }: DelegationTokenRow, nowMs: number): boolean {
  return expiryTimestampMs < nowMs
}

/** Who is meant by a text of a row: a name may be empty, and hold colons. */
export function personOf(text: string): Principal {
  const at = text.indexOf(':')
  return { type: text.slice(0, at), name: text.slice(at + 1) }
}

/** Those who may see it: who asked for it for somebody else as well, who may not renew it. */
export function peopleOf({ owner, requester, renewers }: DelegationTokenRow): string[] {
  return [owner, requester, ...renewers]
}

function isRenewer({ owner, renewers }: DelegationTokenRow, principal: Principal): boolean {
  const text = principalText(principal)
  return owner === text || renewers.includes(text)
}

function checkRenewer(token: DelegationTokenRow, principal: Principal): void {
  if (!isRenewer(token, principal)) throw new KafkaError('DELEGATION_TOKEN_OWNER_MISMATCH')
}

function checkAlive(token: DelegationTokenRow, nowMs: number): void {
  if (isExpired(token, nowMs)) throw new KafkaError('DELEGATION_TOKEN_EXPIRED')
}

function expiringAfter(
  token: DelegationTokenRow,
  periodMs: number,
  nowMs: number,
): DelegationTokenRow {
  return { ...token, expiryTimestampMs: Math.min(token.maxTimestampMs, after(nowMs, periodMs)) }
}

/** Of what was asked for, if anything was, and what there can be. */
function shorter(askedMs: number, limitMs: number): number {
  return askedMs > 0 ? Math.min(askedMs, limitMs) : limitMs
}

/** A limit may be infinite, a row may not: it is JSON. */
function after(nowMs: number, periodMs: number): number {
  return Math.min(nowMs + periodMs, Number.MAX_SAFE_INTEGER)
}
