/** Keeps the tables of the docs as the code is: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { handlers } from '../src/handlers/index.ts'
import { authorizationFile, withPermissions } from './authorization.ts'
import { writeCliDocs } from './cli-docs.ts'
import { differencesFile, withDifferences } from './differences.ts'
import { httpFile, withRoutes } from './http-docs.ts'
import { between, table } from './marked.ts'

export const apisFile = new URL('../docs/apis.md', import.meta.url)

const begin = '<!-- supported APIs: made by `npm run docs` -->'
const end = '<!-- end of supported APIs -->'

/** The page with the table of the APIs that are served now. */
export function withSupportedApis(page: string): string {
  return between(page, begin, end, supportedApis())
}

function supportedApis(): string {
  const rows = handlers.map(({ name, key, versions }) => {
    const [first, last] = versions
    return [name, String(key), first === last ? `${first}` : `${first}–${last}`]
  })
  return table([['API', 'key', 'versions'], ...rows])
}

if (import.meta.main) {
  writeFileSync(apisFile, withSupportedApis(readFileSync(apisFile, 'utf8')))
  writeFileSync(authorizationFile, withPermissions(readFileSync(authorizationFile, 'utf8')))
  writeFileSync(differencesFile, withDifferences(readFileSync(differencesFile, 'utf8')))
  writeFileSync(httpFile, withRoutes(readFileSync(httpFile, 'utf8')))
  await writeCliDocs()
}
