import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ScramCredentials } from '../../src/auth/scram-credentials.ts'
import type { ScramCredentialRow } from '../../storage/metadata-store.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'

/** The exchange of RFC 7677, section 3: user 'user', password 'pencil'. */
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const iterations = 4096
const saltedPassword = pbkdf2Sync('pencil', salt, iterations, 32, 'sha256')
const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const authMessage = [
  'n=user,r=rOprNGfwEbeRWgbNEkqO',
  `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
  `c=biws,r=${nonce}`,
].join()
const clientProof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
const upsertion = { name: 'user', mechanism: 1, iterations, salt, saltedPassword }

async function stored(metadata: ReturnType<typeof createMemoryMetadataStore>) {
  const rows = new Map<string, ScramCredentialRow>()
  for await (const { kind, key, value } of metadata.load()) {
    if (kind === 'scramCredential' && value !== null) rows.set(key, value)
  }
  return rows
}

describe('SCRAM credentials', () => {
  it('keep what verifies a password, and not the password', async () => {
    const metadata = createMemoryMetadataStore()
    await new ScramCredentials(metadata).alter([], [upsertion])
    const rows = await stored(metadata)
    const [row] = rows.values()
    const storedKey = Buffer.from(row!.storedKey, 'base64')
    const serverKey = Buffer.from(row!.serverKey, 'base64')
    const signed = (key: Buffer): Buffer => createHmac('sha256', key).update(authMessage).digest()
    const clientKey = Buffer.from(clientProof, 'base64')
    signed(storedKey).forEach((byte, i) => (clientKey[i]! ^= byte))
    expect(createHash('sha256').update(clientKey).digest()).toEqual(storedKey)
    expect(signed(serverKey).toString('base64')).toBe(serverSignature)
    expect(row).toMatchObject({ user: 'user', mechanism: 1, iterations })
    expect(JSON.stringify([...rows])).not.toContain(saltedPassword.toString('base64'))
  })

  it('are there after a restart, and gone after the last is deleted', async () => {
    const metadata = createMemoryMetadataStore()
    await new ScramCredentials(metadata).alter([], [upsertion])
    const again = new ScramCredentials(metadata)
    again.load(await stored(metadata))
    expect(again.describe([])).toMatchObject([{ user: 'user', credentials: [{ iterations }] }])
    await again.alter([{ name: 'user', mechanism: 1 }], [])
    expect(again.describe([])).toEqual([])
    expect(await stored(metadata)).toEqual(new Map())
  })
})
