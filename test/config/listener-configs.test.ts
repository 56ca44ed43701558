import { describe, expect, it } from 'vitest'
import { createConfig, hasNoEffect } from '../../src/config.ts'
import { listenerConfig } from '../../src/config/listener-configs.ts'

const settings = {
  'sasl.jaas.config': 'of all',
  'listener.name.internal.sasl.jaas.config': 'of the listener',
  'listener.name.internal.plain.sasl.jaas.config': 'of the mechanism',
  'listener.name.internal.ssl.client.auth': 'required',
}
const { config } = configOf(settings)

function configOf(values: Readonly<Record<string, string>>) {
  return createConfig(
    Object.entries(values).map(([name, value]) => ({ name, value, origin: name })),
  )
}

describe('configs of a listener', () => {
  it('count before those of all listeners, and those of a mechanism before them', () => {
    expect(listenerConfig(config, 'INTERNAL', 'PLAIN').saslJaasConfig).toBe('of the mechanism')
    expect(listenerConfig(config, 'INTERNAL', 'SCRAM-SHA-256').saslJaasConfig).toBe(
      'of the listener',
    )
    expect(listenerConfig(config, 'OTHER', 'PLAIN').saslJaasConfig).toBe('of all')
  })

  it('have the defaults of their names', () => {
    expect(listenerConfig(config, 'INTERNAL').sslClientAuth).toBe('required')
    expect(listenerConfig(config, 'OTHER').sslClientAuth).toBe('none')
  })

  it('are checked as the same config without its prefix', () => {
    const wrong = { 'listener.name.internal.ssl.client.auth': 'maybe' }
    expect(() => configOf(wrong)).toThrow('listener.name.internal.ssl.client.auth=maybe: String')
  })

  it('act if the same config acts for each listener', () => {
    expect(hasNoEffect('listener.name.internal.plain.sasl.jaas.config')).toBe(false)
    expect(hasNoEffect('listener.name.internal.num.network.threads')).toBe(true)
  })
})
