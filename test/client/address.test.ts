import { describe, expect, it } from 'vitest'
import { addressText, parseBootstrapServers } from '../../src/client/address.ts'

describe('bootstrap servers', () => {
  it.each([
    ['localhost:9092', 'localhost:9092'],
    ['localhost', 'localhost:9092'],
    ['a:1, b:2,', 'a:1 b:2'],
    ['[::1]:9093', '[::1]:9093'],
    ['[fe80::1%eth0]', '[fe80::1%eth0]:9092'],
    ['::1', '[::1]:9092'],
    ['PLAINTEXT://broker.example:29092', 'broker.example:29092'],
  ])('%s', (text, expected) => {
    expect(parseBootstrapServers(text).map(addressText).join(' ')).toBe(expected)
  })

  it.each(['', ',', 'a:b', 'a:0', 'a:65536', 'a b:1', '[::1', 'http://x:1/path'])(
    'are not %j',
    text => {
      expect(() => parseBootstrapServers(text)).toThrow(/bootstrap server|address of a broker/)
    },
  )
})
