import { describe, expect, it } from 'vitest'
import { createConfig } from '../../src/config.ts'

const configured = (name: string, value: string) => createConfig([{ name, value, origin: name }])

describe('configs of the authorizer', () => {
  it.each([
    '',
    'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'kafka.security.authorizer.AclAuthorizer',
  ])('take authorizer.class.name=%s', value => {
    const { config, ignored } = configured('authorizer.class.name', value)
    expect(config.authorizerClassName).toBe(value)
    expect(ignored).toEqual([])
  })

  it('take no other class, and say which one there is', () => {
    expect(() => configured('authorizer.class.name', 'com.example.Authorizer')).toThrow(
      /^authorizer\.class\.name=com\.example\.Authorizer: Not org\.apache.*StandardAuthorizer/,
    )
  })

  // StandardAuthorizerTest, testGetConfiguredSuperUsers.
  it.each(['', ' ', 'User:bob;User:alice ', ';  User:bob  ;  User:alice ', 'User:CN=a, OU=b;'])(
    'take super.users=%j',
    value => expect(configured('super.users', value).config.superUsers).toBe(value),
  )

  it.each(['bob;:alice', 'User:', 'User:bob,alice;x'])('refuse super.users=%j', value => {
    expect(() => configured('super.users', value)).toThrow(/as in User:alice;User:bob/)
  })
})
