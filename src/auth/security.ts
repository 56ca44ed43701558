/** Composes what knows of clients: who they are, what they may do, and how much. */
import type { MetadataStore, Rows } from '../../storage/metadata-store.ts'
import { isKnownHost } from '../host-lookup.ts'
import { Authorizer } from './authorizer.ts'
import { DelegationTokens, type DelegationTokensOptions } from './delegation-tokens.ts'
import { ClientQuotas } from './quotas.ts'
import { ScramCredentials } from './scram-credentials.ts'
import { Throttles, type ThrottlesOptions } from '../throttling/throttles.ts'

type StoredRows = { [K in keyof Rows]: ReadonlyMap<string, Rows[K]> }

interface Options {
  metadata: MetadataStore
  /** Takes what must be closed. */
  opened: AsyncDisposableStack
}

/** As it was stored. */
export function openSecurity(
  rows: Pick<StoredRows, 'clientQuota' | 'scramCredential' | 'acl' | 'delegationToken'>,
  { opened, ...options }: DelegationTokensOptions & ThrottlesOptions & Options,
) {
  const { metadata } = options
  const throttles = new Throttles(options)
  const quotas = new ClientQuotas({
    metadata,
    isHost: isKnownHost,
    enforce: all => throttles.use(all),
  })
  quotas.load(rows.clientQuota)
  const scramCredentials = new ScramCredentials(metadata)
  scramCredentials.load(rows.scramCredential)
  const delegationTokens = new DelegationTokens(options)
  delegationTokens.load(rows.delegationToken)
  opened.defer(() => delegationTokens.close())
  return { quotas, throttles, scramCredentials, delegationTokens, authorizer: new Authorizer() }
}
