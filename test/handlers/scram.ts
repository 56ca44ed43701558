/** SCRAM credentials in few words. */
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { settle } from './wire.ts'

type AlterRequest = Input<typeof alterUserScram.request>
type Upsertion = AlterRequest['upsertions'][number]

export const sha256 = 1
export const sha512 = 2

export function upsertion(name: string, fields: Partial<Upsertion> = {}): Upsertion {
  const salt = Buffer.from('a salt')
  const saltedPassword = Buffer.alloc(32, 7)
  return { name, mechanism: sha256, iterations: 4096, salt, saltedPassword, ...fields }
}

/** The errors of users by their names; settles when the broker tells of what was changed. */
export async function alterScram(
  client: RawClient,
  request: Partial<AlterRequest>,
): Promise<Record<string, string>> {
  const { deletions = [], upsertions = [] } = request
  const body = { deletions, upsertions }
  const { results } = await client.request(alterUserScram, 0, body)
  const errors = Object.fromEntries(
    results.map(({ user, errorCode }) => [user, errorName(errorCode)]),
  )
  await settle(async () => {
    const wanted = [...deletions, ...upsertions].filter(({ name }) => errors[name] === 'NONE')
    for (const { name, mechanism, ...rest } of wanted) {
      const told = (await scramOf(client, name)).get(mechanism)
      if (told !== ('iterations' in rest ? rest.iterations : undefined)) return false
    }
    return true
  })
  return errors
}

/** The iterations of a user's credentials by their mechanism. */
export async function scramOf(client: RawClient, name: string): Promise<Map<number, number>> {
  const users = [{ name }]
  const { results } = await client.request(describeUserScram, 0, { users })
  const infos = results[0]!.credentialInfos
  return new Map(infos.map(({ mechanism, iterations }) => [mechanism, iterations]))
}
