/** The mechanisms of SCRAM: names, Kafka's numbers (KIP-554) and limits. */

export interface ScramMechanism {
  readonly name: string
  readonly number: number
  /** As node:crypto names it. */
  readonly hash: 'sha256' | 'sha512'
  readonly keyBytes: number
}

export const scramMechanisms: readonly ScramMechanism[] = [
  { name: 'SCRAM-SHA-256', number: 1, hash: 'sha256', keyBytes: 32 },
  { name: 'SCRAM-SHA-512', number: 2, hash: 'sha512', keyBytes: 64 },
]

/** RFC 7677, and Kafka. */
export const minIterations = 4096
/** Kafka: ScramControlManager; more would let clients keep the broker busy. */
export const maxIterations = 16_384
