import { KafkaError } from '../../../protocol/errors.ts'

/** The name of the error that a call throws, or 'NONE'. */
export function errorOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
  return 'NONE'
}
