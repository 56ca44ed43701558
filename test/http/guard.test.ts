import { describe, expect, it } from 'vitest'
import { refusalOf, type GuardedRequest, type GuardRules } from '../../src/http/guard.ts'

const open: GuardRules = { allowedHosts: ['kafka.test'], token: null }
const closed = { ...open, token: 'a token of some length' }

function statusOf(headers: GuardedRequest['headers'], rules = open, path = '/metrics') {
  return refusalOf({ path, headers }, rules)?.status
}

describe('a request over HTTP', () => {
  it.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST:8080',
    '127.0.0.1:8080',
    '10.0.0.7:8080',
    '[::1]:8080',
    'kafka.test',
    'kafka.test:8080',
  ])('may name the host %s', host => {
    expect(statusOf({ host })).toBeUndefined()
  })

  it.each([
    undefined,
    '',
    'evil.test',
    'evil.test:8080',
    'localhost.evil.test',
    'kafka.test.evil.test',
    '127.0.0.1.evil.test',
    'localhost@evil.test',
    'evil.test#localhost',
    'not a host',
  ])('may not name the host %s, which may be rebound to loopback', host => {
    expect(statusOf({ host })).toBe(421)
  })

  it.each(['http://localhost:3000', 'https://kafka.test', 'http://127.0.0.1'])(
    'may come from a page of %s',
    origin => {
      expect(statusOf({ host: 'localhost', origin })).toBeUndefined()
    },
  )

  it.each(['http://10.0.0.7:3000', 'http://[::1]', 'http://127.0.0.2'])(
    'to an address, may come from a page of %s',
    origin => {
      expect(statusOf({ host: '10.0.0.7:9092', origin })).toBeUndefined()
    },
  )

  it.each(['http://203.0.113.5', 'https://8.8.8.8', 'http://2130706434.test', 'http://[2001::1]'])(
    'may not come from a page of %s, which anybody can serve',
    origin => {
      for (const host of ['localhost', '127.0.0.1:9092', '10.0.0.7:9092']) {
        expect(statusOf({ host, origin })).toBe(403)
      }
    },
  )

  it.each(['http://evil.test', 'null', '', 'localhost', 'file://'])(
    'may not come from a page of %j',
    origin => {
      expect(statusOf({ host: 'localhost', origin })).toBe(403)
    },
  )

  it('may not come from another site, origin or not', () => {
    const host = 'localhost'
    expect(statusOf({ host, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(statusOf({ host, 'sec-fetch-site': 'same-origin' })).toBeUndefined()
  })
})

describe('a token', () => {
  const host = 'localhost'

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer wrong', `Basic ${closed.token}`])(
    'is not shown by %j',
    authorization => {
      expect(statusOf({ host, authorization }, closed)).toBe(401)
    },
  )

  it('is shown as bearer', () => {
    expect(statusOf({ host, authorization: `Bearer ${closed.token}` }, closed)).toBeUndefined()
  })

  it('is not asked of probes, whose host counts all the same', () => {
    expect(statusOf({ host }, closed, '/readyz')).toBeUndefined()
    expect(statusOf({ host: 'evil.test' }, closed, '/readyz')).toBe(421)
  })
})
