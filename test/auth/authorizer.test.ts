/** After Kafka's StandardAuthorizerTest. */
import { describe, expect, it } from 'vitest'
import { AclIndex } from '../../src/auth/acl-index.ts'
import { Authorizer, type AuthorizerOptions } from '../../src/auth/authorizer.ts'
import type { Operation, ResourceType } from '../../src/auth/required.ts'
import { acl, asker, rule } from './acl-text.ts'

function authorizer(acls: readonly string[], options: Partial<AuthorizerOptions> = {}): Authorizer {
  const index = new AclIndex()
  for (const text of acls) index.add(acl(text))
  return new Authorizer({
    acls: index,
    superUsers: [{ type: 'User', name: 'root' }],
    allowEveryoneIfNoAclFound: false,
    ...options,
  })
}

/** Which of the questions 'operation type name' are answered with yes. */
function allowed(by: Authorizer, who: Parameters<typeof asker>, questions: readonly string[]) {
  return questions.map(question => {
    const [operation, type, name] = question.split(' ') as [Operation, ResourceType, string]
    return by.allows(asker(...who), rule(type, operation), name)
  })
}

describe('the authorizer', () => {
  it('lets everybody do everything where there is none', () => {
    const none = new Authorizer()
    expect(allowed(none, ['mallory'], ['alter cluster kafka-cluster'])).toEqual([true])
    expect(none.allowsAny(asker('mallory'), rule('topic', 'write'))).toBe(true)
    expect(none.operations(asker('mallory'), 'topic', 't')).toBe(0b1101_1111_1000)
    expect(none.operations(asker('mallory'), 'group', 'g')).toBe(0b1101_0100_1000)
    expect(none.operations(asker('mallory'), 'cluster', 'c')).toBe(0b1_1111_1010_0000)
  })

  it('lets super users do everything, whatever is denied to them', () => {
    const by = authorizer(['deny User:root to all topic *'])
    expect(allowed(by, ['root'], ['read topic a', 'alter cluster kafka-cluster'])).toEqual([
      true,
      true,
    ])
    expect(by.allowsAny(asker('root'), rule('topic', 'write'))).toBe(true)
    expect(allowed(by, ['root', '192.0.2.1', 'Group'], ['read topic a'])).toEqual([false])
  })

  it('leaves resources without ACLs to everybody only if it is told to', () => {
    const acls = ['allow User:Alice to read topic topic1']
    const questions = ['read topic topic1', 'read topic topic2']
    expect(allowed(authorizer(acls), ['Bob'], questions)).toEqual([false, false])
    const open = authorizer(acls, { allowEveryoneIfNoAclFound: true })
    expect(allowed(open, ['Bob'], questions)).toEqual([false, true])
    expect(open.allowsAny(asker('Bob'), rule('topic', 'write'))).toBe(true)
  })

  it('lets a denial win, of all operations too', () => {
    const by = authorizer([
      'deny User:alice to all topic foo',
      'allow User:alice to read topic foo…',
      'deny User:* to all topic foo',
      'allow User:* to describe topic foo…',
    ])
    const ofAlice = ['write topic foo', 'read topic foo', 'describe topic foo', 'read topic foobar']
    expect(allowed(by, ['alice'], ofAlice)).toEqual([false, false, false, true])
    const ofBob = [
      'describe topic foo',
      'read topic foo',
      'describe topic foobaz',
      'read topic foobaz',
    ]
    expect(allowed(by, ['bob'], ofBob)).toEqual([false, false, true, false])
  })

  it('knows the hosts that ACLs are for', () => {
    const by = authorizer([
      'deny User:alice to read topic foo from 192.168.1.1',
      'allow User:alice to read topic foo',
      'allow User:bob to read topic bar from 192.168.1.2',
      'allow User:* to describe topic bar from 127.0.0.1',
    ])
    const questions = ['read topic foo', 'read topic bar', 'describe topic bar']
    const ask = (name: string, host: string) => allowed(by, [name, host], questions)
    expect(ask('alice', '127.0.0.1')).toEqual([true, false, true])
    expect(ask('alice', '192.168.1.1')).toEqual([false, false, false])
    expect(ask('alice', '192.168.1.2')).toEqual([true, false, false])
    expect(ask('bob', '127.0.0.1')).toEqual([false, false, true])
    expect(ask('bob', '192.168.1.2')).toEqual([false, true, true])
  })

  it('finds its way among many patterns', () => {
    const by = authorizer([
      'allow User:* to read topic green2',
      'allow User:bob to read topic green…',
      'allow User:bob to read topic betamax4',
      'allow User:bob to read topic betamax',
      'allow User:* to read topic beta…',
      'allow User:* to read topic alpha…',
      'deny User:bob to read topic alp…',
      'allow User:bob to write group *',
      'deny User:* to write group wheel',
    ])
    const questions = [
      'read topic green1',
      'write group wheel',
      'read topic alpha',
      'read topic ala',
    ]
    expect(allowed(by, ['bob'], questions)).toEqual([true, false, false, false])
    expect(allowed(by, ['bob'], ['write group arbitrary'])).toEqual([true])
    expect(allowed(by, ['carol'], ['read topic alpha', 'read topic green1'])).toEqual([true, false])
  })

  it('tells what a client may do as the bits of KIP-430', () => {
    const by = authorizer([
      'allow User:alice to read topic a',
      'deny User:alice to describe topic a',
      'allow User:alice to alterConfigs topic b',
      'allow User:alice to all user User:bob',
    ])
    const bits = (resource: ResourceType, name: string) =>
      by.operations(asker('alice'), resource, name).toString(2)
    expect(bits('topic', 'a')).toBe('1000')
    expect(bits('topic', 'b')).toBe('110000000000')
    expect(bits('user', 'User:bob')).toBe('110000000000000')
    expect(bits('topic', 'c')).toBe('0')
  })

  it('tells of denials that are errors, and not of what is looked for or listed', () => {
    const told: string[] = []
    const denied: AuthorizerOptions['denied'] = ({ principal }, { operation }, name) => {
      told.push(`${principal.name} ${operation} ${name}`)
    }
    const by = authorizer([], { denied })
    const question = rule('topic', 'read')
    for (const denial of ['left out', 'next rule', 'TOPIC_AUTHORIZATION_FAILED'] as const) {
      expect(by.allows(asker('eve'), { ...question, denied: denial }, denial)).toBe(false)
    }
    expect(by.allows(asker('root'), question, 'a')).toBe(true)
    expect(by.operations(asker('eve'), 'topic', 'a')).toBe(0)
    expect(told).toEqual(['eve read TOPIC_AUTHORIZATION_FAILED'])
    expect([by.isEnabled, new Authorizer().isEnabled]).toEqual([true, false])
  })
})
