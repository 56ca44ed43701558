/** Connections of a listener whose clients authenticate themselves. */
import type { Audit } from '../../audit/audit.ts'
import type { Clock } from '../../clock.ts'
import type { Overrides } from '../../config/effective.ts'
import { listenerConfig, type ListenerSettings } from '../../config/listener-configs.ts'
import type { ConnectionOptions } from '../../connection.ts'
import type { Dispatch } from '../../dispatch.ts'
import type { Logger } from '../../logger.ts'
import { KeySets } from '../oauthbearer/key-sets.ts'
import type { Mechanism } from './mechanism.ts'
import { enabledMechanisms, type MechanismSources } from './mechanisms.ts'
import { SaslSession } from './session.ts'

interface Current {
  readonly overrides: Overrides
  readonly settings: ListenerSettings
  readonly mechanisms: ReadonlyMap<string, Mechanism>
  readonly maxReauthMs: ReadonlyMap<string, number>
}

export interface SaslListenerOptions extends MechanismSources {
  dispatch: Dispatch
  clock: Clock
  logger: Logger
  audit: Pick<Audit, 'record'>
}

/** Each connection gets a session. */
export function openSaslListener(
  name: string,
  options: SaslListenerOptions,
): ConnectionOptions['open'] {
  const listener = new SaslListener(name, options)
  const { saslEnabledMechanisms: named } = listener.settings
  const missing = named.filter(mechanism => !listener.mechanisms.has(mechanism))
  if (missing.length > 0) {
    options.logger.warn({ listener: name, mechanisms: missing.join(', ') }, 'there is no Kerberos')
  }
  return (caller, wire) => {
    const session = new SaslSession({ ...options, caller, wire, listener })
    return frame => session.take(frame)
  }
}

/** What the sessions of a listener share: its mechanisms and limits, as they are set just now. */
export class SaslListener {
  readonly #name: string
  readonly #sources: MechanismSources & { keySets: KeySets }
  #known: Current | undefined

  constructor(name: string, sources: MechanismSources) {
    this.#name = name
    this.#sources = { ...sources, keySets: new KeySets(sources) }
  }

  get settings(): ListenerSettings {
    return this.#current().settings
  }

  /** By name, in the order in which clients are told of them. */
  get mechanisms(): ReadonlyMap<string, Mechanism> {
    return this.#current().mechanisms
  }

  /** After which time a client authenticates itself again; 0 or less: never (KIP-368). */
  maxReauthMs(mechanism: string): number {
    return this.#current().maxReauthMs.get(mechanism) ?? 0
  }

  /** Of one connection after the other; configs that change are another object. */
  #current(): Current {
    const { config } = this.#sources
    const { overrides } = config
    if (this.#known?.overrides === overrides) return this.#known
    const settings = listenerConfig(config, this.#name)
    const mechanisms = enabledMechanisms(this.#name, this.#sources)
    const maxReauthMs = new Map(
      Array.from(mechanisms.keys(), mechanism => {
        const { connectionsMaxReauthMs } = listenerConfig(config, this.#name, mechanism)
        return [mechanism, connectionsMaxReauthMs] as const
      }),
    )
    this.#known = { overrides, settings, mechanisms, maxReauthMs }
    return this.#known
  }
}
