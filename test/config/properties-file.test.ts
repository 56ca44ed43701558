import { describe, expect, it } from 'vitest'
import { parseProperties } from '../../src/config/properties-file.ts'

function pairs(text: string): [string, string][] {
  return parseProperties(text).map(({ key, value }) => [key, value])
}

// The format is that of java.util.Properties.load.
describe('a properties file', () => {
  it.each([
    ['a=b', 'a', 'b'],
    ['a:b', 'a', 'b'],
    ['a b', 'a', 'b'],
    ['  a  =  b c ', 'a', 'b c '],
    ['a\t:\tb', 'a', 'b'],
    ['a==b', 'a', '=b'],
    ['a = = b', 'a', '= b'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['=b', '', 'b'],
    ['listeners=PLAINTEXT://:9092', 'listeners', 'PLAINTEXT://:9092'],
    ['a\\ b\\:c\\=d=e', 'a b:c=d', 'e'],
    ['a=\\ b', 'a', ' b'],
    ['a=1\\t2\\n3\\r4\\f5', 'a', '1\t2\n3\r4\f5'],
    ['a=\\u00e4\\u20AC', 'a', 'ä€'],
    ['a=C:\\\\data\\x', 'a', 'C:\\datax'],
    ['a=b # no comment', 'a', 'b # no comment'],
    ['\uFEFFa=b', 'a', 'b'],
  ])('%j', (text, key, value) => {
    expect(pairs(text)).toEqual([[key, value]])
  })

  it('has comments and empty lines', () => {
    expect(pairs('# a=1\n  ! b=2\n\n   \t\r\nc=3\r\n\rd=4')).toEqual([
      ['c', '3'],
      ['d', '4'],
    ])
  })

  it('goes on after a backslash at the end of a line, without the blanks of the next', () => {
    expect(pairs('log.dirs=/a,\\\n   /b,\\\r\n\t/c\nd=1')).toEqual([
      ['log.dirs', '/a,/b,/c'],
      ['d', '1'],
    ])
  })

  it('does not take the next line where the backslash is escaped, or in a comment', () => {
    expect(pairs('a=b\\\\\nc=d\n# x\\\ne=f')).toEqual([
      ['a', 'b\\'],
      ['c', 'd'],
      ['e', 'f'],
    ])
  })

  it('starts anew after a line that only goes on', () => {
    expect(pairs('\\\n# comment\n\\\n  a=1')).toEqual([['a', '1']])
  })

  it('drops a backslash at the very end', () => {
    expect(pairs('a=b\\')).toEqual([['a', 'b']])
  })

  it('knows the line of each', () => {
    const lines = parseProperties('# one\na=\\\n 1\n\nb=2').map(({ key, line }) => [key, line])
    expect(lines).toEqual([
      ['a', 2],
      ['b', 5],
    ])
  })

  it('is refused with the line of a broken escape', () => {
    expect(() => parseProperties('a=1\nb=\\u12')).toThrow(
      new SyntaxError('2: \\u needs four hexadecimal digits'),
    )
  })
})
