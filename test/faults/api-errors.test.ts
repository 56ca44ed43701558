import { expect, test } from 'vitest'
import { apiNames, errorsOf } from '../../src/faults/api-errors.ts'
import { unthrottledApis } from '../../src/faults/unthrottled-apis.ts'
import { handlers } from '../../src/handlers/index.ts'
import { loadHandlers } from '../../src/served-api.ts'

test('every API that is served is there, and no other', () => {
  expect(apiNames).toEqual(handlers.map(({ name }) => name))
})

test('answers have a throttle time, but those that are said to have none', async () => {
  const without = (await loadHandlers(handlers)).filter(
    ({ api }) => !('throttleTimeMs' in (api.response.facts.fields ?? {})),
  )
  expect(without.map(({ api }) => api.name)).toEqual([...unthrottledApis])
})

test('what clients retry belongs to the APIs where Kafka answers it', () => {
  expect(errorsOf('Produce')).toContain('NOT_LEADER_OR_FOLLOWER')
  expect(errorsOf('OffsetCommit')).toContain('REBALANCE_IN_PROGRESS')
  expect(errorsOf('EndTxn')).toContain('PRODUCER_FENCED')
  expect(errorsOf('Produce')).not.toContain('ILLEGAL_GENERATION')
  expect(errorsOf('Heartbeat')).not.toContain('NOT_LEADER_OR_FOLLOWER')
})
