import { beforeAll, describe, expect, it } from 'vitest'
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterScram, sha256, sha512, upsertion } from './scram.ts'
import { named, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()
const [both, one, nobody] = [uniqueName(), uniqueName(), uniqueName()]

beforeAll(async () => {
  await alterScram(wire.client, {
    upsertions: [upsertion(both), upsertion(one, { mechanism: sha512, iterations: 8192 })],
  })
  const upsertions = [upsertion(both, { mechanism: sha512, iterations: 16_384 })]
  await alterScram(wire.client, { upsertions })
})

async function ask(users: readonly string[] | null) {
  const { results, ...rest } = await wire.client.request(describeUserScram, 0, {
    users: users && users.map(name => ({ name })),
  })
  expect(rest).toEqual({ throttleTimeMs: 0, errorCode: 0, errorMessage: '' })
  return new Map(
    results.map(({ user, credentialInfos, ...result }) => {
      const infos = credentialInfos.toSorted((a, b) => a.mechanism - b.mechanism)
      return [user, { ...named(result), credentialInfos: infos }]
    }),
  )
}

const ofBoth = {
  error: 'NONE',
  errorMessage: '',
  credentialInfos: [
    { mechanism: sha256, iterations: 4096 },
    { mechanism: sha512, iterations: 16_384 },
  ],
}
const ofOne = {
  error: 'NONE',
  errorMessage: '',
  credentialInfos: [{ mechanism: sha512, iterations: 8192 }],
}
const refused = (error: string) => {
  return { error, errorMessage: expect.stringMatching(/./), credentialInfos: [] }
}

describe('DescribeUserScramCredentials (KIP-554)', () => {
  it.each([[null], [[]]])('of all users: %j', async users => {
    const answers = await ask(users)
    expect(answers.get(both)).toEqual(ofBoth)
    expect(answers.get(one)).toEqual(ofOne)
    expect(answers.has(nobody)).toBe(false)
  })

  it('of users that are named', async () => {
    expect(await ask([one, nobody])).toEqual(
      new Map<string, unknown>([
        [one, ofOne],
        [nobody, refused('RESOURCE_NOT_FOUND')],
      ]),
    )
  })

  it('refuses a user that is named twice, known or not', async () => {
    expect(await ask([both, nobody, one, both, nobody, both])).toEqual(
      new Map<string, unknown>([
        [both, refused('DUPLICATE_RESOURCE')],
        [nobody, refused('DUPLICATE_RESOURCE')],
        [one, ofOne],
      ]),
    )
  })

  it('knows no user without a name', async () => {
    expect(await ask([''])).toEqual(new Map([['', refused('RESOURCE_NOT_FOUND')]]))
  })
})
