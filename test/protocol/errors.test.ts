import { expect, test } from 'vitest'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'

test('codes are those of Kafka 4.3: -1 to 133 without a gap', () => {
  const codes = Object.values(errors)
  expect(codes).toEqual(Array.from({ length: 135 }, (_, i) => i - 1))
  expect(errors).toMatchObject({
    UNKNOWN_SERVER_ERROR: -1,
    NONE: 0,
    UNKNOWN_TOPIC_OR_PARTITION: 3,
    UNSUPPORTED_VERSION: 35,
    KAFKA_STORAGE_ERROR: 56,
    INVALID_RECORD: 87,
    UNKNOWN_TOPIC_ID: 100,
    TRANSACTION_ABORTABLE: 120,
    SHARE_SESSION_LIMIT_REACHED: 133,
  })
})

test('a code has its name; one that nobody knows is an unknown server error', () => {
  for (const [name, code] of Object.entries(errors)) expect(errorName(code)).toBe(name)
  expect(errorName(999)).toBe('UNKNOWN_SERVER_ERROR')
})

test('an error carries code, name and whether to try again', () => {
  const retriable = new KafkaError('NOT_COORDINATOR')
  expect(retriable).toMatchObject({ error: 'NOT_COORDINATOR', code: 16, retriable: true })
  expect(retriable.message).toMatch(/coordinator/)
  const fatal = new KafkaError('INVALID_TOPIC_EXCEPTION', 'a/b has a slash')
  expect(fatal).toMatchObject({ code: 17, retriable: false, message: 'a/b has a slash' })
  expect(fatal).toBeInstanceOf(Error)
})
