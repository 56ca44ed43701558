import { expect, it } from 'vitest'
import { checkOutput } from './schemas.ts'

const user = { user: 'alice', mechanism: 'SCRAM-SHA-256', iterations: 4096 }

it('takes what a schema says', async () => {
  await checkOutput(['user', '--json'], [JSON.stringify({ users: [user] })])
  await checkOutput(['user', 'list'], [JSON.stringify({ users: [] })])
})

it.each([
  ['a name too many', [{ users: [{ ...user, age: 7 }] }], 'must NOT have additional properties'],
  ['a name too few', [{}], "must have required property 'users'"],
  ['a value of another type', [{ users: [{ ...user, iterations: '1' }] }], 'must be integer'],
  ['a line too many', [{ users: [] }, { users: [] }], 'to have a length of 1'],
])('refuses %s', async (_, lines, message) => {
  const printed = lines.map(line => JSON.stringify(line))
  await expect(checkOutput(['user', 'list'], printed)).rejects.toThrow(message)
})
