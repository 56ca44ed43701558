import { describe, expect, it } from 'vitest'
import { ConfigError, createConfig } from '../../src/config.ts'

const java = 'org.apache.kafka.common.security'
const plain = `${java}.plain.PlainLoginModule required user_a="secret";`
const scram = `${java}.scram.ScramLoginModule required username="b" password="secret";`
const name = 'listener.name.external.plain.sasl.jaas.config'

function configOf(values: Record<string, string>) {
  const settings = {
    listeners: 'EXTERNAL://:0',
    'listener.security.protocol.map': 'EXTERNAL:SASL_PLAINTEXT',
    ...values,
  }
  const { config } = createConfig(
    Object.entries(settings).map(([key, value]) => ({ name: key, value, origin: key })),
  )
  return config
}

describe('a listener with SASL', () => {
  it.each<[string, Record<string, string>]>([
    ['SCRAM', { 'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512' }],
    ['SCRAM and Kerberos', { 'sasl.enabled.mechanisms': 'GSSAPI,SCRAM-SHA-256' }],
    ['PLAIN', { 'sasl.enabled.mechanisms': 'PLAIN', [name]: plain }],
    ['PLAIN of all listeners', { 'sasl.enabled.mechanisms': 'PLAIN', 'sasl.jaas.config': plain }],
    [
      'SCRAM of a file of Kafka',
      {
        'listener.name.external.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.external.scram-sha-512.sasl.jaas.config': scram,
      },
    ],
  ])('takes %s', (_, values) => {
    expect(configOf(values).listeners).toMatchObject([{ protocol: 'SASL_PLAINTEXT' }])
  })

  const enabled = 'sasl.enabled.mechanisms'
  it.each<[Record<string, string>, string]>([
    [{}, `${enabled}: listener EXTERNAL has no mechanism that there is here: name one of PLAIN`],
    [{ [enabled]: 'GSSAPI' }, `${enabled}: listener EXTERNAL has no mechanism`],
    [{ [enabled]: 'PLAIM' }, `${enabled}: there is no PLAIM; did you mean PLAIN?`],
    [{ [enabled]: 'SCRAM-SHA-1' }, `${enabled}: there is no SCRAM-SHA-1; did you mean SCRAM-SHA-`],
    [{ [enabled]: 'PLAIN' }, `${name}: PLAIN needs users: ${java}.plain.PlainLoginModule required`],
    [{ [enabled]: 'PLAIN', [name]: 'secret' }, `${name}: Login module control flag not specified`],
    [
      { [enabled]: 'PLAIN', [name]: 'com.sun.security.auth.module.JndiLoginModule required;' },
      `${name}: another login module than ${java}.plain.PlainLoginModule`,
    ],
    [
      {
        [enabled]: 'SCRAM-SHA-256',
        'listener.name.external.scram-sha-256.sasl.jaas.config': plain,
      },
      'listener.name.external.scram-sha-256.sasl.jaas.config: another login module than',
    ],
  ])('refuses %j', (values, message) => {
    const configured = (): unknown => configOf(values)
    expect(configured).toThrow(ConfigError)
    expect(configured).toThrow(message)
    expect(configured).not.toThrow('secret')
  })
})
