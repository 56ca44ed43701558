/** What docs/ says is so. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { authorizationFile, withPermissions } from '../scripts/authorization.ts'
import {
  cliFile,
  listedCommands,
  schemasFolder,
  schemasOf,
  withCommands,
} from '../scripts/cli-docs.ts'
import { apisFile, withSupportedApis } from '../scripts/docs.ts'
import { handlers } from '../src/handlers/index.ts'
import { differencesFile, withDifferences } from '../scripts/differences.ts'
import { httpFile, withRoutes } from '../scripts/http-docs.ts'

it('lists the APIs that are served (else: npm run docs)', () => {
  const text = readFileSync(apisFile, 'utf8')
  expect(withSupportedApis(text)).toBe(text)
  expect(withSupportedApis(text.replace(/\| Heartbeat .*\n/, ''))).toBe(text)
})

it('lists them in the order of their keys, as handlers/index.ts does', () => {
  const keys = handlers.map(({ key }) => key)
  expect(keys).toEqual(keys.toSorted((a, b) => a - b))
})

it('lists what each API asks for (else: npm run docs)', () => {
  const text = readFileSync(authorizationFile, 'utf8')
  expect(withPermissions(text)).toBe(text)
  expect(withPermissions(text.replace(/\| Heartbeat .*\n/, ''))).toBe(text)
})

it('tells how answers differ from Kafka (else: npm run docs)', () => {
  const text = readFileSync(differencesFile, 'utf8')
  expect(withDifferences(text)).toBe(text)
  expect(withDifferences(text.replace(/- \*\*Batches are sent .*\n/, ''))).toBe(text)
})

it('lists what is served over HTTP (else: npm run docs)', () => {
  const text = readFileSync(httpFile, 'utf8')
  expect(withRoutes(text)).toBe(text)
  expect(withRoutes(text.replace(/\| `GET \/v1\/status` .*\n/, ''))).toBe(text)
})

it('lists the commands, and has a schema of what each prints (else: npm run docs)', async () => {
  const listed = await listedCommands()
  const text = readFileSync(cliFile, 'utf8')
  expect(withCommands(text, listed)).toBe(text)
  expect(withCommands(text.replace(/\| `log verify .*\n/, ''), listed)).toBe(text)
  const schemas = readdirSync(schemasFolder).map((file): [string, string] => {
    return [file.replace('.json', ''), readFileSync(new URL(file, schemasFolder), 'utf8')]
  })
  expect(new Map(schemas)).toEqual(schemasOf(listed))
})
