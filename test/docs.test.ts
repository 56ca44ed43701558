/** What docs/ says is so. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { authorizationFile, withPermissions } from '../scripts/authorization.ts'

it('lists what each API asks for (else: npm run docs)', () => {
  const text = readFileSync(authorizationFile, 'utf8')
  expect(withPermissions(text)).toBe(text)
  expect(withPermissions(text.replace(/\| Heartbeat .*\n/, ''))).toBe(text)
})
