/** The table of docs/authorization.md, from the rules that dispatch and handlers ask. */
import { requires, type Operation, type ResourceType, type Rule } from '../src/auth/required.ts'
import { between, table } from './marked.ts'

export const authorizationFile = new URL('../docs/authorization.md', import.meta.url)

const begin = '<!-- permissions of each API: made by `npm run docs` -->'
const end = '<!-- end of permissions -->'

/** The text with the rules that hold now. */
export function withPermissions(text: string): string {
  const head = ['API', 'operation', 'resource', 'otherwise', 'when']
  const rows = Object.entries(requires).flatMap(([api, rules]) => {
    const each: readonly Rule[] = Object.values(rules)
    return each.length === 0 ? [[api, 'none', '', '', '']] : each.map(rule => rowOf(api, rule))
  })
  return between(text, begin, end, table([head, ...rows]))
}

function rowOf(api: string, { operation, resource, denied, when = '' }: Rule): string[] {
  return [api, kafkaName(operation), resourceNames[resource], denied, when]
}

/** 'alterConfigs' is ALTER_CONFIGS. */
function kafkaName(operation: Operation): string {
  return operation.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()
}

/** As kafka-acls writes them. */
const resourceNames: Readonly<Record<ResourceType, string>> = {
  topic: 'TOPIC',
  group: 'GROUP',
  cluster: 'CLUSTER',
  transactionalId: 'TRANSACTIONAL_ID',
  delegationToken: 'DELEGATION_TOKEN',
  user: 'USER',
}
