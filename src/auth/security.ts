/** Composes what knows of clients: who they are, what they may do, and how much. */
import type { MetadataStore, Rows } from '../../storage/metadata-store.ts'
import { openAudit } from '../audit/open-audit.ts'
import type { Config } from '../config.ts'
import { usesSasl } from '../config/listeners.ts'
import { addressOf, isKnownHost } from '../host-lookup.ts'
import type { Logger } from '../logger.ts'
import type { Random } from '../random.ts'
import { DelegationTokens, type DelegationTokensOptions } from './delegation-tokens.ts'
import { openAuthorizer } from './open-authorizer.ts'
import { ClientQuotas } from './quotas.ts'
import { ScramCredentials } from './scram-credentials.ts'
import type { Resources } from '../resources.ts'
import type { Topics } from '../topics.ts'
import { Throttles, type ThrottlesOptions } from '../throttling/throttles.ts'

type StoredRows = { [K in keyof Rows]: ReadonlyMap<string, Rows[K]> }

type Surroundings = DelegationTokensOptions &
  Omit<ThrottlesOptions, 'addressOf'> & {
    config: Config
    metadata: MetadataStore
    random: Random
    topics: Topics
    logger: Logger
    /** Takes what must be closed. */
    opened: Resources
  }

/** As it was stored. */
export async function openSecurity(
  rows: Pick<StoredRows, 'clientQuota' | 'scramCredential' | 'secret' | 'acl' | 'delegationToken'>,
  { opened, ...surroundings }: Surroundings,
) {
  const audit = openAudit(surroundings, opened)
  const options = { ...surroundings, audit }
  const { config, metadata } = options
  const throttles = new Throttles({ ...options, addressOf })
  const quotas = new ClientQuotas({
    metadata,
    isHost: isKnownHost,
    enforce: all => throttles.use(all),
  })
  quotas.load(rows.clientQuota)
  const secret = config.listeners.some(usesSasl)
    ? await clusterSecret(rows.secret, 'scram', options)
    : undefined
  const scramCredentials = new ScramCredentials(metadata, secret)
  scramCredentials.load(rows.scramCredential)
  const delegationTokens = new DelegationTokens(options)
  delegationTokens.load(rows.delegationToken)
  opened.defer(() => delegationTokens.close())
  const authorizing = openAuthorizer(rows.acl, options)
  return { audit, quotas, throttles, scramCredentials, delegationTokens, ...authorizing }
}

/** A secret that the cluster keeps for one use, made when it is first needed. */
async function clusterSecret(
  stored: StoredRows['secret'],
  use: string,
  { metadata, random }: Pick<Surroundings, 'metadata' | 'random'>,
): Promise<Buffer> {
  const row = stored.get(use)
  if (row !== undefined) return Buffer.from(row.bytes, 'base64')
  const secret = random.bytes(32)
  const value = { bytes: secret.toString('base64') }
  await metadata.commit([{ kind: 'secret', key: use, value }])
  return secret
}
