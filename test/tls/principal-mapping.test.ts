import { describe, expect, it } from 'vitest'
import { principalMapping } from '../../src/tls/principal-mapping.ts'

const serviceRules = [
  'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L',
  'RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L',
  'RULE:^cn=(.*?),ou=(.*?),dc=(.*?),dc=(.*?)$/$1@$2/U',
  'RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/U',
  'DEFAULT',
].join(', ')

/** As Kafka's SslPrincipalMapper maps them. */
const mapped: readonly [string, string, string | undefined][] = [
  ['DEFAULT', 'CN=Duke,C=US', 'CN=Duke,C=US'],
  [serviceRules, 'CN=Duke,OU=ServiceUsers,O=Org,C=US', 'duke'],
  [serviceRules, 'CN=Duke,OU=SME,O=mycp,L=Fulton,ST=MD,C=US', 'duke@sme'],
  [serviceRules, 'cn=duke,ou=sme,dc=mycp,dc=com', 'DUKE@SME'],
  [serviceRules, 'cN=duke,OU=JavaSoft,O=Sun Microsystems', 'DUKE'],
  [serviceRules, 'OU=JavaSoft,O=Sun Microsystems,C=US', 'OU=JavaSoft,O=Sun Microsystems,C=US'],
  [
    String.raw`RULE:^CN=((\\, *|\w)+)(,.*|$)/$1/,DEFAULT`,
    String.raw`CN=Tkac\, Adam,OU=ITZ`,
    String.raw`Tkac\, Adam`,
  ],
  ['RULE:CN=b/x/', 'CN=a', undefined],
  ['', 'CN=a', undefined],
  [' , ,RULE:CN=(.*)/$1/ ,, ', 'CN=a', 'a'],
  // Each match is replaced, the empty one behind the last character too.
  ['RULE:.*/x/', 'CN=a', 'xx'],
  // What is no group is text, and of several digits as many count as make one.
  ['RULE:CN=(.*)/$1@$4/', 'CN=a', 'a@$4'],
  ['RULE:CN=(.*)/$12/', 'CN=a', 'a2'],
  [String.raw`RULE:CN=(.)(.*)/\$1$2/`, 'CN=ab', '$1b'],
  ['RULE:CN=a/$0/', 'CN=a', 'CN=a'],
  ['RULE:CN=a/$01/', 'CN=a', 'CN=a1'],
  [String.raw`RULE:CN=(.*)/a\\b/`, 'CN=a', String.raw`a\b`],
  ['RULE:(?i)cn=(.*)/$1/', 'CN=a', 'a'],
  ['RULE:CN=(x)?(.*)/$1-$2/', 'CN=a', '-a'],
]

/** Those of Kafka's SslPrincipalMapperTest. */
const invalid = [
  'default',
  'DEFAUL',
  'DEFAULT/L',
  'DEFAULT/U',
  'RULE:CN=(.*?),OU=ServiceUsers.*/$1',
  'rule:^CN=(.*?),OU=ServiceUsers.*$/$1/',
  'RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L/U',
  'RULE:^CN=(.*?),OU=ServiceUsers.*$/L',
  'RULE:^CN=(.*?),OU=ServiceUsers.*$/LU',
  'RULE:CN=(/$1/',
  'RULE:CN=(?=a)(.*)/$1/',
]

describe('principalMapping', () => {
  it.each(mapped)('%s: %s', (rules, name, principal) => {
    expect(principalMapping(rules)(name)).toBe(principal)
  })

  it.each(invalid)('refuses %s', rules => {
    expect(() => principalMapping(rules)).toThrow(/^ssl\.principal\.mapping\.rules: /)
  })

  // CVE-2026-44838 and all the like: a pattern that takes Java exponential time.
  it('takes linear time for whatever name a client brings', () => {
    const mapping = principalMapping('RULE:CN=(([a-z])+.)+[A-Z]([a-z])+$/$1/')
    expect(mapping(`CN=${'a'.repeat(20_000)}`)).toBeUndefined()
  })
})
