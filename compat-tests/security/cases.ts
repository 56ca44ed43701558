/** Every mechanism, with and without TLS, with what is right and what is wrong. */
import type { Certificates } from './certificates.ts'
import type { ListenerName } from './listeners.ts'
import type { Tokens } from './tokens.ts'

/** What a client is told. What does not hold for it is not there. */
export interface Case {
  name: string
  bootstrap: string
  topic: string
  protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** A file with the certificate of whom it trusts. */
  authority?: string
  /** A file with its own key and certificate. */
  identity?: string
  mechanism?: Mechanism
  username?: string
  password?: string
  token?: string
}

export type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface Planned extends Omit<Case, 'bootstrap' | 'topic'> {
  listener: ListenerName
  isWelcome: boolean
}

export const user = 'alice'
/** A different one for each mechanism. */
export const passwords = {
  PLAIN: 'plain secret, with blanks',
  'SCRAM-SHA-256': 'secret-of-256',
  'SCRAM-SHA-512': 'secret-of-512',
} as const

export function plan(certificates: Certificates, tokens: Tokens): Planned[] {
  const saslCases = [...withPasswords(), ...withTokens(tokens)]
  const { authority } = certificates
  return [
    { name: 'plaintext', listener: 'PLAINTEXT', protocol: 'PLAINTEXT', isWelcome: true },
    ...overTls(certificates),
    ...withOwnCertificates(certificates),
    ...saslCases.map(one => ({
      ...one,
      listener: 'SASL' as const,
      protocol: 'SASL_PLAINTEXT' as const,
    })),
    ...saslCases.map(one => ({
      ...one,
      name: `${one.name}, TLS`,
      listener: 'SASL_TLS' as const,
      protocol: 'SASL_SSL' as const,
      authority,
    })),
    {
      name: 'a mechanism that is not enabled',
      listener: 'SCRAM_ONLY',
      protocol: 'SASL_PLAINTEXT',
      mechanism: 'PLAIN',
      username: user,
      password: passwords.PLAIN,
      isWelcome: false,
    },
  ]
}

type TlsCase = Omit<Planned, 'protocol'>

function overTls({ authority, stranger }: Certificates): Planned[] {
  const cases: TlsCase[] = [
    { name: 'TLS', listener: 'TLS', authority, isWelcome: true },
    { name: 'TLS, broker of a stranger', listener: 'TLS', authority: stranger, isWelcome: false },
    { name: 'TLS, broker expired', listener: 'EXPIRED', authority, isWelcome: false },
    { name: 'TLS, broker of another name', listener: 'OTHER_HOST', authority, isWelcome: false },
  ]
  return cases.map(one => ({ ...one, protocol: 'SSL' }))
}

function withOwnCertificates(certificates: Certificates): Planned[] {
  const { authority, client, expiredClient, strangeClient } = certificates
  const listener = 'MUTUAL_TLS'
  const cases: TlsCase[] = [
    { name: 'mutual TLS', listener, authority, identity: client, isWelcome: true },
    { name: 'mutual TLS, no certificate', listener, authority, isWelcome: false },
    {
      name: 'mutual TLS, certificate expired',
      listener,
      authority,
      identity: expiredClient,
      isWelcome: false,
    },
    {
      name: 'mutual TLS, certificate of a stranger',
      listener,
      authority,
      identity: strangeClient,
      isWelcome: false,
    },
  ]
  return cases.map(one => ({ ...one, protocol: 'SSL' }))
}

type SaslCase = Omit<Planned, 'listener' | 'protocol'>

function withPasswords(): SaslCase[] {
  const mechanisms = Object.keys(passwords) as (keyof typeof passwords)[]
  return mechanisms.flatMap((mechanism): SaslCase[] => {
    const right = { mechanism, username: user, password: passwords[mechanism] }
    return [
      { ...right, name: mechanism, isWelcome: true },
      { ...right, name: `${mechanism}, wrong password`, password: 'wrong', isWelcome: false },
      { ...right, name: `${mechanism}, unknown user`, username: 'nobody', isWelcome: false },
    ]
  })
}

function withTokens(tokens: Tokens): SaslCase[] {
  const mechanism = 'OAUTHBEARER'
  const { good, ...bad } = tokens
  return [
    { name: mechanism, mechanism, token: good, isWelcome: true },
    ...Object.entries(bad).map(([what, token]) => {
      return { name: `${mechanism}, ${what} token`, mechanism, token, isWelcome: false } as const
    }),
  ]
}
