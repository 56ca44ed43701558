/** The table of docs/http.md, from the routes that are served. */
import type { Access, Route } from '../src/http/route.ts'
import { routes } from '../src/http/v1/routes.ts'
import { between, table } from './marked.ts'

export const httpFile = new URL('../docs/http.md', import.meta.url)

const begin = '<!-- routes: made by `npm run docs` -->'
const end = '<!-- end of routes -->'

/** The text with the routes that there are now. */
export function withRoutes(text: string): string {
  return between(text, begin, end, table([['request', 'what it does', 'for'], ...routes.map(row)]))
}

function row({ method, path, summary, access }: Route): string[] {
  return [`\`${method} ${path}\``, summary, marks[access]]
}

const marks: Readonly<Record<Access, string>> = {
  read: '',
  records: 'records',
  development: 'development',
}
