import { describe, expect, it } from 'vitest'
import { tlsProtocols } from '../../src/tls/protocols.ts'

const both = ['TLSv1.2', 'TLSv1.3']

describe('tlsProtocols', () => {
  it.each([
    [both, 'TLSv1.3', 'TLSv1.2', 'TLSv1.3'],
    [['TLSv1.3'], 'TLSv1.3', 'TLSv1.3', 'TLSv1.3'],
    // What old configurations allow, without what is not safe.
    [['TLSv1.2', 'TLSv1.1', 'TLSv1'], 'TLS', 'TLSv1.2', 'TLSv1.2'],
    // Kafka: ssl.protocol counts where no versions are named.
    [['TLSv1.3'], 'TLSv1.2', 'TLSv1.3', 'TLSv1.3'],
    [[], 'TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    [[], 'TLS', 'TLSv1.2', 'TLSv1.3'],
  ])('%j with %s: %s to %s', (enabled, protocol, minVersion, maxVersion) => {
    expect(tlsProtocols(enabled, protocol, [])).toEqual({ minVersion, maxVersion })
  })

  it.each([
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384', 'ECDHE-ECDSA-AES256-SHA384'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_DHE_RSA_WITH_AES_128_CBC_SHA256', 'DHE-RSA-AES128-SHA256'],
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ])('knows %s', (java, openssl) => {
    expect(tlsProtocols(both, 'TLSv1.3', [java])).toMatchObject({ ciphers: openssl })
  })

  it('leaves out a version that has none of the cipher suites', () => {
    const range = (suites: string[]) => tlsProtocols(both, 'TLSv1.3', suites)
    const [old, recent] = ['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_AES_128_GCM_SHA256']
    expect(range([old])).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
    expect(range([recent])).toMatchObject({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' })
    expect(range([old, recent])).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' })
  })

  it.each([
    [['TLSv1.4'], [], 'ssl.enabled.protocols: TLSv1.4 is none of TLSv1.2, TLSv1.3'],
    [['TLSv1.1', 'SSLv3'], [], 'ssl.enabled.protocols: TLSv1.1, SSLv3 is not safe any more'],
    [
      both,
      ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265'],
      'has no TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265; did you mean ECDHE-RSA-AES128-GCM-SHA256?',
    ],
    [['TLSv1.3'], ['TLS_RSA_WITH_AES_128_CBC_SHA'], 'none of them is one of TLSv1.3'],
  ])('refuses %j with %j', (enabled, suites, message) => {
    expect(() => tlsProtocols(enabled, 'TLSv1.3', suites)).toThrow(message)
  })
})
