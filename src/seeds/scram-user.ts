import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { InvalidInput } from '../admin/invalid-input.ts'
import { kafkaSalt } from '../auth/sasl/scram-accounts.ts'
import { minIterations, scramMechanisms, type ScramMechanism } from '../auth/scram-mechanisms.ts'
import type { Services } from '../handler.ts'
import { systemRandom } from '../random.ts'

export interface NewScramUser {
  name: string
  password: string
  mechanisms: readonly string[] | undefined
}

/** Lets a user log in by SCRAM, by all mechanisms or these. Throws InvalidInput. */
export async function addScramUser(
  { scramCredentials }: Pick<Services, 'scramCredentials'>,
  { name, password, mechanisms }: NewScramUser,
): Promise<void> {
  const wanted = mechanisms?.map(mechanismNamed) ?? scramMechanisms
  for (const { number, hash, keyBytes } of wanted) {
    const salt = kafkaSalt(systemRandom.bytes(32))
    const iterations = minIterations
    const saltedPassword = await promisify(pbkdf2)(password, salt, iterations, keyBytes, hash)
    const upsertion = { name, mechanism: number, iterations, salt, saltedPassword }
    const [answer] = await scramCredentials.alter([], [upsertion])
    if (answer?.error) throw answer.error
  }
}

function mechanismNamed(name: string): ScramMechanism {
  const mechanism = scramMechanisms.find(each => each.name === name)
  if (mechanism !== undefined) return mechanism
  const names = scramMechanisms.map(each => each.name).join(' and ')
  throw new InvalidInput(`${JSON.stringify(name)} is no mechanism of SCRAM: there are ${names}`)
}
