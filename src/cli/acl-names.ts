/** ACLs as the command line writes them: Kafka's names in small letters. */
import { nearestName } from '../config/nearest-name.ts'
import { allOperations, operationCodes, resourceTypeCodes } from '../auth/acl-codes.ts'
import { Failure } from './failure.ts'

/** 'transactionalId' is transactional-id. */
function spelled(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

const operations = new Map<string, number>([
  ['all', allOperations],
  ...Object.entries(operationCodes).map(([name, code]) => [spelled(name), code] as const),
])

const resourceTypes = new Map(
  Object.entries(resourceTypeCodes).map(([name, code]) => [spelled(name), code]),
)

export const operationNames = [...operations.keys()]
export const resourceTypeNames = [...resourceTypes.keys()]

export function operationCode(name: string): number {
  return codeOf(operations, name, 'an operation')
}

export function resourceTypeCode(name: string): number {
  return codeOf(resourceTypes, name, 'a type of resources')
}

export function operationName(code: number): string {
  return nameOf(operations, code)
}

export function resourceTypeName(code: number): string {
  return nameOf(resourceTypes, code)
}

/** Also in Kafka's capitals, with underscores. */
function codeOf(codes: ReadonlyMap<string, number>, text: string, what: string): number {
  const name = text.toLowerCase().replaceAll('_', '-')
  const code = codes.get(name)
  if (code !== undefined) return code
  const nearest = nearestName(name, codes.keys())
  const meant = nearest === undefined ? '' : ` (Did you mean ${nearest}?)`
  throw new Failure(`${text}: not ${what}${meant}: one of ${[...codes.keys()].join(', ')}`, 2)
}

function nameOf(codes: ReadonlyMap<string, number>, code: number): string {
  for (const [name, each] of codes) if (each === code) return name
  return `unknown (${code})`
}
