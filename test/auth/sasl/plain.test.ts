import { describe, expect, it } from 'vitest'
import type { SaslFailure } from '../../../src/auth/sasl/mechanism.ts'
import { jaasPasswords, plain } from '../../../src/auth/sasl/plain.ts'
import { parseJaas } from '../../../src/config/jaas.ts'
import { systemRandom } from '../../../src/random.ts'

const users = 'user_a="pass word" user_b="ö\\"" user_empty=""'
const module = parseJaas(`PlainLoginModule required username="broker" password="x" ${users};`)
const mechanism = plain(jaasPasswords(module, systemRandom))
const evaluate = (text: string) => mechanism.start().evaluate(Buffer.from(text))

describe('PLAIN (RFC 4616)', () => {
  it.each([
    ['\0a\0pass word', 'a'],
    ['a\0a\0pass word', 'a'],
    ['\0b\0ö"', 'b'],
  ])('%j is %s', (token, name) => {
    expect(evaluate(token)).toEqual({
      challenge: Buffer.alloc(0),
      complete: { principal: { type: 'User', name } },
    })
  })

  it.each(['\0broker\0x', '\0empty\0x', '\0a\0pass word ', '\0A\0pass word', '\0b\0o"'])(
    '%j is nobody',
    token => {
      expect(() => evaluate(token)).toThrow('Authentication failed: Invalid username or password')
    },
  )

  it('tells the client no more than that', async () => {
    const told = async (token: string): Promise<string | undefined> => {
      try {
        await evaluate(token)
      } catch (error) {
        return (error as SaslFailure).clientText
      }
      return undefined
    }
    expect(await told('\0a\0x')).toBe(await told('\0nobody\0x'))
  })
})
