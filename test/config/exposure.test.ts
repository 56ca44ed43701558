import { describe, expect, it } from 'vitest'
import { createConfig, type Setting } from '../../src/config.ts'
import { exposedListeners, exposedSecrets } from '../../src/config/exposure.ts'
import { withAuthorizer } from '../handlers/acls.ts'

function messages(settings: Readonly<Record<string, string>>): string[] {
  const { config } = createConfig(
    Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
  )
  return exposedListeners(config).map(({ message }) => message)
}

const openToAll = expect.stringMatching(/^anybody who reaches this port .*--host/)
const inTheClear = expect.stringMatching(/^passwords and records .* in the clear/)
const jaas = { 'sasl.enabled.mechanisms': 'SCRAM-SHA-256' }

describe('a listener is warned of', () => {
  it.each<[string, Record<string, string>, unknown[]]>([
    ['on loopback', {}, []],
    ['on loopback by IPv6', { listeners: 'PLAINTEXT://[::1]:9092' }, []],
    ['on loopback by name', { listeners: 'PLAINTEXT://localhost:9092' }, []],
    ['on all addresses', { listeners: 'PLAINTEXT://:9092' }, [openToAll]],
    ['on another address', { host: '10.0.0.1' }, [openToAll]],
    ['with TLS and no certificates', { listeners: 'SSL://10.0.0.1:9093' }, [openToAll]],
    [
      'with certificates of clients',
      { listeners: 'SSL://10.0.0.1:9093', 'ssl.client.auth': 'required' },
      [],
    ],
    ['with ACLs', { host: '10.0.0.1', ...withAuthorizer }, []],
    [
      'with ACLs that let in everybody',
      { host: '10.0.0.1', ...withAuthorizer, 'allow.everyone.if.no.acl.found': 'true' },
      [openToAll],
    ],
    [
      'with ACLs that let in strangers',
      { host: '10.0.0.1', ...withAuthorizer, 'super.users': 'User:a; User:ANONYMOUS' },
      [openToAll],
    ],
    ['with passwords in the clear', { listeners: 'SASL_PLAINTEXT://:9092', ...jaas }, [inTheClear]],
    [
      'with passwords in the clear on loopback',
      { listeners: 'SASL_PLAINTEXT://127.0.0.1:9092', ...jaas },
      [],
    ],
    ['with passwords over TLS', { listeners: 'SASL_SSL://:9094', ...jaas }, []],
  ])('%s', (_, settings, expected) => {
    expect(messages(settings)).toEqual(expected)
  })
})

it('passwords are told of that everybody can read, by where they stand', () => {
  const setting = (name: string, isReadableByAll: boolean): Setting => {
    return { name, value: 'not-told', origin: `file:1: ${name}`, isReadableByAll }
  }
  const names = ['num.partitions', 'ssl.key.password', 'listener.name.a.plain.sasl.jaas.config']
  const told = exposedSecrets(names.map(name => setting(name, true)))
  expect(told).toHaveLength(1)
  expect(told[0]!.facts).toEqual({
    configs: 'file:1: ssl.key.password, file:1: listener.name.a.plain.sasl.jaas.config',
  })
  expect(JSON.stringify(told)).not.toContain('not-told')
  expect(exposedSecrets(names.map(name => setting(name, false)))).toEqual([])
})
