/** Composes what knows of clients: who they are, what they may do, and how much. */
import type { MetadataStore, Rows } from '../../storage/metadata-store.ts'
import { isKnownHost } from '../host-lookup.ts'
import { Authorizer } from './authorizer.ts'
import { ClientQuotas } from './quotas.ts'
import { ScramCredentials } from './scram-credentials.ts'
import { Throttles, type ThrottlesOptions } from '../throttling/throttles.ts'

type StoredRows = { [K in keyof Rows]: ReadonlyMap<string, Rows[K]> }

/** As it was stored. */
export function openSecurity(
  rows: Pick<StoredRows, 'clientQuota' | 'scramCredential' | 'acl' | 'delegationToken'>,
  { metadata, ...options }: { metadata: MetadataStore } & ThrottlesOptions,
) {
  const throttles = new Throttles(options)
  const quotas = new ClientQuotas({
    metadata,
    isHost: isKnownHost,
    enforce: all => throttles.use(all),
  })
  quotas.load(rows.clientQuota)
  const scramCredentials = new ScramCredentials(metadata)
  scramCredentials.load(rows.scramCredential)
  return { quotas, throttles, scramCredentials, authorizer: new Authorizer() }
}
