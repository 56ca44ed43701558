/** How requests change what is set on a resource (KIP-133, KIP-339). */
import { KafkaError } from '../../protocol/errors.ts'
import { repeatedKeys } from '../repeated.ts'
import type { Overrides } from './effective.ts'

export interface Operation {
  name: string
  /** One of `operationCodes`, or nonsense. */
  operation: number
  value: string | null
}

export interface Alteration {
  operations: readonly Operation[]
  /** What is not named is unset (AlterConfigs). */
  replacesAll: boolean
}

/** Kafka: AlterConfigOp.OpType. */
export const operationCodes = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** Kafka: ConfigurationControlManager, whose records have texts with 16 bits of length. */
const maxValueLength = 32_767

/** Throws INVALID_REQUEST for what is wrong with the operations whatever they are meant for. */
export function checkOperations(operations: readonly Operation[]): void {
  if (repeatedKeys(operations, ({ name }) => name).size > 0) {
    throw new KafkaError('INVALID_REQUEST', 'Error due to duplicate config keys')
  }
  const nulls = operations.filter(
    ({ operation, value }) => operation !== operationCodes.delete && value === null,
  )
  if (nulls.length > 0) {
    const names = nulls.map(({ name }) => name).join(', ')
    throw new KafkaError('INVALID_REQUEST', `Null value not supported for : ${names}`)
  }
  for (const { operation } of operations) {
    if (operation < operationCodes.set || operation > operationCodes.subtract) {
      throw new KafkaError('INVALID_REQUEST', `Unknown operations type ${operation}`)
    }
  }
}

/**
 * What is set after an alteration whose operations were checked. `listDefault` gives the default of
 * a config that is a list: only lists can be appended to and subtracted from. Throws
 * INVALID_CONFIG.
 */
export function altered(
  current: Overrides,
  { operations, replacesAll }: Alteration,
  listDefault: (name: string) => string | undefined,
): Overrides {
  // Not an object: '__proto__' is a name like any other.
  const values = new Map(replacesAll ? [] : Object.entries(current))
  for (const { name, operation, value } of operations) {
    if (operation === operationCodes.delete) {
      values.delete(name)
    } else if (operation === operationCodes.set) {
      values.set(name, checkedLength(value!))
    } else {
      const initial = listDefault(name)
      if (initial === undefined) throw notAList(name, operation)
      const items = itemsOf(values.get(name) ?? initial)
      const given = value!.split(',')
      const changed = operation === operationCodes.append ? append : subtract
      values.set(name, checkedLength(changed(items, given).join(',')))
    }
  }
  return Object.fromEntries(values)
}

function itemsOf(text: string): string[] {
  return text.split(',').filter(item => item !== '')
}

function append(items: readonly string[], given: readonly string[]): string[] {
  return [...items, ...given.filter(item => !items.includes(item))]
}

function subtract(items: readonly string[], given: readonly string[]): string[] {
  return items.filter(item => !given.includes(item))
}

function checkedLength(value: string): string {
  if (value.length <= maxValueLength) return value
  throw new KafkaError(
    'INVALID_CONFIG',
    `The configuration value cannot be longer than ${maxValueLength} bytes.`,
  )
}

function notAList(name: string, operation: number): KafkaError {
  const verb = operation === operationCodes.append ? 'APPEND' : 'SUBTRACT'
  return new KafkaError(
    'INVALID_CONFIG',
    `Can't ${verb} to key ${name} because its type is not LIST.`,
  )
}
