import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** The only source of randomness. Tests replace it by a seeded one. */
export interface Random {
  /** A version 4 uuid in its usual text form (RFC 9562). */
  uuid(): string
  /** A uuid in Kafka's text form: base64url, 22 characters, never starting with '-'. */
  id(): string
  /** An integer in [0, limit). */
  below(limit: number): number
  bytes(count: number): Buffer
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  id() {
    // A leading dash would read as an option on a command line (Kafka: Uuid.randomUuid).
    for (;;) {
      const bytes = randomBytes(16)
      bytes[6] = (bytes[6]! & 0x0f) | 0x40
      bytes[8] = (bytes[8]! & 0x3f) | 0x80
      const text = bytes.toString('base64url')
      if (!text.startsWith('-')) return text
    }
  },
  below: limit => randomInt(limit),
  bytes: count => randomBytes(count),
}
