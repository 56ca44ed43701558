/** Who a client has shown to be (Kafka: KafkaPrincipal). */
export interface Principal {
  /** 'User', unless somebody's own builder of principals makes others. */
  readonly type: string
  readonly name: string
  /** Authenticated by a delegation token (KIP-48): such a client gets no further tokens. */
  readonly fromToken?: boolean
}

/** Who has shown nothing. */
export const anonymous: Principal = { type: 'User', name: 'ANONYMOUS' }

/** As ACLs and super.users write it: 'User:alice'. */
export function principalText({ type, name }: Principal): string {
  return `${type}:${name}`
}

/** Undefined where there is no type, or no name. */
export function parsePrincipal(text: string): Principal | undefined {
  const [, type, name] = /^([^:]+):([^]+)$/.exec(text) ?? []
  return type === undefined ? undefined : { type, name: name! }
}
