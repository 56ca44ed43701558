import { describe, expect, it } from 'vitest'
import { anonymous, parsePrincipal, principalText } from '../../src/auth/principal.ts'

describe('a principal', () => {
  it('is written with its type', () => {
    expect(principalText(anonymous)).toBe('User:ANONYMOUS')
  })

  it('is read with colons, commas and blanks in its name', () => {
    const name = 'CN=a:b, OU=c'
    expect(parsePrincipal(`User:${name}`)).toEqual({ type: 'User', name })
  })

  it.each(['', 'alice', ':alice', 'User:'])('is not read from %j', text => {
    expect(parsePrincipal(text)).toBeUndefined()
  })
})
