/** The mechanisms that there are, and which of them a listener has. */
import type { Config } from '../../config.ts'
import { parseJaas } from '../../config/jaas.ts'
import { listenerConfig, type ListenerSettings } from '../../config/listener-configs.ts'
import type { Random } from '../../random.ts'
import type { DelegationTokens } from '../delegation-tokens.ts'
import { oauthBearer } from '../oauthbearer/mechanism.ts'
import { tokenValidator, type ValidatorSources } from '../oauthbearer/validator.ts'
import type { ScramCredentials } from '../scram-credentials.ts'
import { scramMechanisms } from '../scram-mechanisms.ts'
import type { Mechanism } from './mechanism.ts'
import { jaasPasswords, plain } from './plain.ts'
import { scramAccounts } from './scram-accounts.ts'
import { scram } from './scram.ts'

export interface MechanismSources extends Omit<ValidatorSources, 'keySets'> {
  config: Pick<Config, 'overrides'>
  scramCredentials: ScramCredentials
  delegationTokens: DelegationTokens
  random: Random
}

/** Makes a mechanism for a listener, of configs that `checkSasl` has let through. */
type Maker = (settings: ListenerSettings, sources: MechanismSources & ValidatorSources) => Mechanism

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [
    'PLAIN',
    ({ saslJaasConfig }, { random }) => plain(jaasPasswords(parseJaas(saslJaasConfig!), random)),
  ],
  ['OAUTHBEARER', (settings, sources) => oauthBearer(tokenValidator(settings, sources))],
  ...scramMechanisms.map((mechanism): [string, Maker] => [
    mechanism.name,
    (_, { scramCredentials, delegationTokens, random }) => {
      const accounts = scramAccounts(scramCredentials, delegationTokens)
      return scram({ mechanism, accounts, nonce: () => random.id() })
    },
  ]),
])

/** What `sasl.enabled.mechanisms` of the listener names, and is there: GSSAPI is not. */
export function enabledMechanisms(
  listener: string,
  sources: MechanismSources & ValidatorSources,
): ReadonlyMap<string, Mechanism> {
  const { saslEnabledMechanisms } = listenerConfig(sources.config, listener)
  return new Map(
    saslEnabledMechanisms.flatMap(name => {
      const make = makers.get(name)
      if (make === undefined) return []
      return [[name, make(listenerConfig(sources.config, listener, name), sources)] as const]
    }),
  )
}
