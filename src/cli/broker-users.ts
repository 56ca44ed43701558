/** Users of SCRAM of a broker that runs (KIP-554). */
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { errors } from '../../protocol/errors.ts'
import { scramMechanisms } from '../auth/scram-mechanisms.ts'
import type { Client } from '../client/client.ts'
import { checkAnswer } from './broker-answers.ts'

export interface Credential {
  user: string
  mechanism: string
  iterations: number
}

export interface Upsertion {
  readonly name: string
  readonly mechanism: number
  readonly iterations: number
  readonly salt: Buffer
  readonly saltedPassword: Buffer
}

interface Deletion {
  readonly name: string
  readonly mechanism: number
}

export async function readUsers(client: Client): Promise<Credential[]> {
  const { results } = await client.send(
    describeUserScram,
    { users: null },
    { check: ({ errorCode, errorMessage }) => checkAnswer('users', errorCode, errorMessage) },
  )
  return results
    .filter(({ errorCode }) => errorCode === errors.NONE)
    .flatMap(({ user, credentialInfos }) =>
      credentialInfos.map(({ mechanism: number, iterations }) => {
        const known = scramMechanisms.find(each => each.number === number)
        return { user, mechanism: known?.name ?? `unknown (${number})`, iterations }
      }),
    )
}

/** One after the other: a request names each user once (Kafka: ScramControlManager). */
export async function alterUsers(
  client: Client,
  deletions: readonly Deletion[],
  upsertions: readonly Upsertion[],
): Promise<void> {
  for (const each of deletions) await alter(client, { deletions: [each], upsertions: [] })
  for (const each of upsertions) await alter(client, { deletions: [], upsertions: [each] })
}

interface Alteration {
  readonly deletions: readonly Deletion[]
  readonly upsertions: readonly Upsertion[]
}

async function alter(client: Client, alteration: Alteration): Promise<void> {
  await client.send(alterUserScram, alteration, {
    to: 'controller',
    check: ({ results }) => {
      for (const { user, errorCode, errorMessage } of results) {
        checkAnswer(`user ${user}`, errorCode, errorMessage)
      }
    },
  })
}
