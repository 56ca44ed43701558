import { describe, expect, it } from 'vitest'
import { createConfig } from '../../src/config.ts'

const config = (name: string, value: string) =>
  createConfig([{ name, value, origin: `test: ${name}` }]).config

describe('limits of connections', () => {
  it.each(['', ' ', '192.0.2.1:3', '::1:2 , host.example:10'])('may be for hosts: "%s"', text => {
    const name = 'max.connections.per.ip.overrides'
    expect(config(name, text).maxConnectionsPerIpOverrides).toBe(text)
  })

  it.each(['192.0.2.1', 'host:x', 'host:1,', 'ho st:1', ':1'])('may not be "%s"', text => {
    expect(() => config('max.connections.per.ip.overrides', text)).toThrow('HOST:COUNT')
  })

  it('keep nobody out, unless some have their own', () => {
    const perIp = { name: 'max.connections.per.ip', value: '0', origin: 'perIp' }
    expect(() => createConfig([perIp])).toThrow('perIp: can be set to zero only if')
    const name = 'max.connections.per.ip.overrides'
    createConfig([perIp, { name, value: '::1:1', origin: name }])
  })
})

describe('client.quota.callback.class', () => {
  it('is refused, for a quota that is not enforced is worse than none', () => {
    const set = () => config('client.quota.callback.class', 'com.example.Quotas')
    expect(set).toThrow('Not possible without Java; set quotas of users and clients')
    expect(config('client.quota.callback.class', '').clientQuotaCallbackClass).toBe('')
  })
})
