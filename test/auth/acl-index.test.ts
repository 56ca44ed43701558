import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allOperations,
  operationCodes,
  patternTypes,
  permissionTypes,
} from '../../src/auth/acl-codes.ts'
import { AclIndex, type Asker, type Verdict } from '../../src/auth/acl-index.ts'
import type { AclRow } from '../../storage/metadata-store.ts'
import { acl, asker } from './acl-text.ts'

const { read, write, alter, describe: describing, describeConfigs, alterConfigs } = operationCodes
const topic = 2

/** The rules one after the other, over all ACLs there are (RULES 101 and 102). */
function decidedByAll(
  acls: readonly AclRow[],
  who: Asker,
  operation: number,
  name: string,
): Verdict {
  const ofResource = acls.filter(({ patternType, resourceName }) =>
    patternType === patternTypes.prefixed
      ? name.startsWith(resourceName)
      : resourceName === name || resourceName === '*',
  )
  const own = ofResource.filter(
    ({ principal, host }) =>
      [`${who.principal.type}:${who.principal.name}`, 'User:*'].includes(principal) &&
      (host === '*' || `/${host}` === who.clientHost),
  )
  const implying = new Map([
    [describing, [read, write, operationCodes.delete, alter]],
    [describeConfigs, [alterConfigs]],
  ])
  const has = (permission: number, ...operations: number[]) =>
    own.some(
      row =>
        row.permissionType === permission && [allOperations, ...operations].includes(row.operation),
    )
  if (has(permissionTypes.deny, operation)) return 'denied'
  if (has(permissionTypes.allow, operation, ...(implying.get(operation) ?? []))) return 'allowed'
  return ofResource.length === 0 ? 'nothing' : 'not allowed'
}

// Few of each, so that they meet.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 3 })
const operation = fc.constantFrom(...Object.values(operationCodes))
const host = fc.constantFrom('192.0.2.1', '192.0.2.2')
const principal = fc.constantFrom('User:a', 'User:b', 'Group:a')
const someAcl: fc.Arbitrary<AclRow> = fc.record({
  resourceType: fc.constant(topic),
  resourceName: name,
  patternType: fc.constantFrom(...Object.values(patternTypes)),
  principal: fc.oneof(principal, fc.constantFrom('User:*', 'Group:*')),
  host: fc.oneof(host, fc.constant('*')),
  operation: fc.oneof(operation, fc.constant(allOperations)),
  permissionType: fc.constantFrom(...Object.values(permissionTypes)),
})
const someAsker = fc
  .tuple(principal, host)
  .map(([text, from]) => asker(text.slice(-1), from, text.slice(0, -2)))

describe('the index of ACLs', () => {
  it('decides as a look at all ACLs does, while they come and go', () => {
    const property = fc.property(
      fc.array(fc.record({ acl: someAcl, isGone: fc.boolean() }), { maxLength: 12 }),
      fc.array(fc.record({ who: someAsker, operation, name }), { minLength: 1, maxLength: 5 }),
      (acls, questions) => {
        const index = new AclIndex()
        const there: AclRow[] = []
        const answersAgree = () => {
          for (const question of questions) {
            const { who, operation: what, name: resource } = question
            expect(index.decide(who, what, topic, resource)).toBe(
              decidedByAll(there, who, what, resource),
            )
          }
        }
        for (const { acl: row } of acls) {
          index.add(row)
          there.push(row)
          answersAgree()
        }
        for (const { acl: row, isGone } of acls) {
          if (!isGone) continue
          index.delete(row)
          there.splice(there.indexOf(row), 1)
          answersAgree()
        }
      },
    )
    fc.assert(property, { numRuns: 100 })
  })

  it('keeps types of resources apart', () => {
    const index = new AclIndex()
    index.add(acl('allow User:alice to read group a'))
    expect(index.decide(asker('alice'), read, topic, 'a')).toBe('nothing')
    expect(index.decide(asker('alice'), read, 3, 'a')).toBe('allowed')
  })

  it.each(['2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:DB8::0:1'])(
    'knows an IPv6 address as %s',
    from => {
      const index = new AclIndex()
      index.add(acl(`deny User:alice to read topic a from ${from}`))
      expect(index.decide(asker('alice', '2001:db8::1'), read, topic, 'a')).toBe('denied')
      expect(index.decide(asker('alice', '2001:db8::2'), read, topic, 'a')).toBe('not allowed')
    },
  )

  it('takes principals that nobody is', () => {
    const index = new AclIndex()
    const rows = [':', 'User:', ':alice'].map(who => acl(`allow ${who} to read topic a`))
    for (const row of rows) index.add(row)
    expect(index.decide(asker('alice'), read, topic, 'a')).toBe('not allowed')
    for (const row of rows) index.delete(row)
    expect(index.decide(asker('alice'), read, topic, 'a')).toBe('nothing')
  })

  it('takes names that objects have by themselves', () => {
    const index = new AclIndex()
    for (const word of ['__proto__', 'constructor']) {
      expect(index.decide(asker(word), read, topic, word)).toBe('nothing')
      index.add(acl(`allow User:${word} to read topic ${word}`))
      expect(index.decide(asker(word), read, topic, word)).toBe('allowed')
    }
  })

  it('decides alike when it has seen more names than it remembers', () => {
    const index = new AclIndex()
    index.add(acl('allow User:alice to read topic t…'))
    const decisions = Array.from({ length: 10_500 }, (_, i) =>
      index.decide(asker('alice'), read, topic, `t${i}`),
    )
    expect(new Set(decisions)).toEqual(new Set(['allowed']))
    expect(index.decide(asker('alice'), read, topic, 'u')).toBe('nothing')
  })

  it('keeps no long names that clients make up', () => {
    const index = new AclIndex()
    index.add(acl('allow User:alice to read topic t…'))
    const before = heapBytes()
    for (let i = 0; i < 1000; i++) {
      const name = Buffer.alloc(32_000, `t${i}`).toString('latin1')
      expect(index.decide(asker('alice'), read, topic, name)).toBe('allowed')
    }
    expect(heapBytes() - before).toBeLessThan(8_000_000)
    expect(index.decide(asker('alice'), read, topic, 'u')).toBe('nothing')
  })
})

/** Of what is still in use. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('some resource of a type (AuthorizerTest, authorizeByResourceType)', () => {
  it.each<[string, boolean, string[]]>([
    ['is there by a literal name', true, ['allow User:alice to write topic a']],
    ['is there by a prefix', true, ['allow User:alice to write topic a…']],
    ['is there for everybody', true, ['allow User:* to write topic *']],
    ['is there by all operations', true, ['allow User:alice to all topic a']],
    ['needs the operation', false, ['allow User:alice to read topic a']],
    ['needs the principal', false, ['allow User:bob to write topic a']],
    ['needs the host', false, ['allow User:alice to write topic a from 192.0.2.9']],
    [
      'is not one that is denied by its name',
      false,
      ['allow User:alice to write topic a', 'deny User:alice to write topic a'],
    ],
    [
      'is not one that is denied to everybody',
      false,
      ['allow User:alice to write topic a', 'deny User:* to all topic *'],
    ],
    [
      'is not one that a prefix denies',
      false,
      ['allow User:alice to write topic abc', 'deny User:alice to write topic ab…'],
    ],
    [
      'is not a prefix below one that is denied',
      false,
      ['allow User:alice to write topic abc…', 'deny User:* to write topic ab…'],
    ],
    [
      'is beside one that is denied',
      true,
      ['allow User:alice to write topic a…', 'deny User:alice to write topic ab…'],
    ],
    [
      'is not another type',
      false,
      ['allow User:alice to write transactionalId a', 'allow User:alice to read topic b'],
    ],
  ])('%s', (_, expected, acls) => {
    const index = new AclIndex()
    for (const text of acls) index.add(acl(text))
    expect(index.allowsAny(asker('alice'), write, topic)).toBe(expected)
  })
})
