import { crypto } from '../protocol/builtins.ts'

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

const uuidBytes = 16

export const systemRandom: Random = {
  ...idsFrom(() => crypto().randomBytes(uuidBytes)),
  below: limit => crypto().randomInt(limit),
  bytes: count => crypto().randomBytes(count),
}

/**
 * For a broker whose data ends with its process. Its ids are told to everybody and need not be hard
 * to guess; what is secret comes from the system.
 */
export const quickRandom: Random = {
  ...idsFrom(() => Buffer.from(Array.from({ length: uuidBytes }, () => quickBelow(256)))),
  below: quickBelow,
  bytes: systemRandom.bytes,
}

function quickBelow(limit: number): number {
  return Math.floor(Math.random() * limit)
}

/** Ids of version 4 from bytes without a pattern. */
function idsFrom(bytes: () => Buffer): Pick<Random, 'uuid' | 'id'> {
  const version4 = (): Buffer => {
    const id = bytes()
    id[6] = (id[6]! & 0x0f) | 0x40
    id[8] = (id[8]! & 0x3f) | 0x80
    return id
  }
  return {
    uuid: () =>
      version4()
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    id() {
      // A leading dash would read as an option on a command line (Kafka: Uuid.randomUuid).
      for (;;) {
        const text = version4().toString('base64url')
        if (!text.startsWith('-')) return text
      }
    },
  }
}
