import { describe, expect, it } from 'vitest'
import { parseJaas } from '../../src/config/jaas.ts'

/** Of Kafka's JaasContextTest, and what Java's StreamTokenizer makes of it. */
describe('a JAAS config', () => {
  it.each<[string, Record<string, string>]>([
    ['test.Module required;', {}],
    ['test.Module REQUISITE a=b;', { a: 'b' }],
    ['test.Module sufficient a=b c=d;', { a: 'b', c: 'd' }],
    ['  test.Module\n  optional\n\ta = b\r\n;\n', { a: 'b' }],
    [
      'test.Module required a="prop value" b="x = 1, y = 2";',
      { a: 'prop value', b: 'x = 1, y = 2' },
    ],
    ['test.Module required "prop name"=value;', { 'prop name': 'value' }],
    ['test.Module required option1="3";', { option1: '3' }],
    [String.raw`test.Module required a="\"\\\n\t\101\7x\377\400";`, { a: '"\\\n\tA\x07xÿ 0' }],
    ["test.Module required a='\"';", { a: '"' }],
    ['test.Module required a="x;y" b="//no" c="/*no*/";', { a: 'x;y', b: '//no', c: '/*no*/' }],
    ['/* first */ test.Module required // then\n a=b /* c=d */;', { a: 'b' }],
    ['test.Module required a="1" a="2";', { a: '2' }],
    ['test.Module required user_über-x.y$z="ö";', { 'user_über-x.y$z': 'ö' }],
    ['test.Module required __proto__="x" constructor=y;', { constructor: 'y' }],
    ['"test.Module" "required" a=b;', { a: 'b' }],
  ])('%s', (source, options) => {
    const module = parseJaas(source)
    expect(module.name).toBe('test.Module')
    const entries = [...module.options].filter(([name]) => name !== '__proto__')
    expect(Object.fromEntries(entries)).toEqual(options)
  })

  it.each([
    ['', 'Login module not specified'],
    ['// nothing', 'Login module not specified'],
    ['  required option1=value1;', 'Invalid login module control flag'],
    ['test.loginModule option1=value1;', 'Invalid login module control flag'],
    ['test.loginModule', 'control flag not specified'],
    ['test.loginModule 3;', 'control flag not specified'],
    ['loginModule required option1;', 'Value not specified for option 1'],
    ['loginModule required option1=;', 'Value not specified for option 1'],
    ['loginModule required option1=', 'Value not specified for option 1'],
    ['loginModule required option1=3;', 'Value not specified for option 1 in JAAS config; use'],
    ['loginModule required option1=-;', 'Value not specified for option 1'],
    ['loginModule required option1="abc;', 'not terminated by semi-colon'],
    ['loginModule required option1=value1', 'not terminated by semi-colon'],
    ['loginModule { option1=3; };', 'control flag not specified'],
    ['loginModule required 3=x;', 'Option 1 in JAAS config has no name'],
    ['loginModule required =x;', 'Option 1 in JAAS config has no name'],
    ['a required; b required;', 'contains 2 login modules, should be 1 module'],
  ])('%s is refused', (source, message) => {
    expect(() => parseJaas(source)).toThrow(message)
  })

  it.each([
    'm required a="secret" b',
    'm required a="secret" b=1;',
    'm required "secret',
    // A quote within a password, or what follows one that ends the module.
    'm required a="one"secret";',
    'm required a="one" 4secret;',
    'm required a="one";secret two',
    'm required a="one";two secret',
  ])('tells nothing of values that it refuses: %s', source => {
    const { message } = refusalOf(source)
    expect(message).toContain('JAAS')
    expect(message).not.toContain('secret')
  })
})

function refusalOf(source: string): Error {
  try {
    parseJaas(source)
  } catch (error) {
    return error as Error
  }
  throw new Error(`${source} is not refused`)
}
