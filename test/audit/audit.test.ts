import { expect, it } from 'vitest'
import { anonymous } from '../../src/auth/principal.ts'
import { Audit, type AuditEvent } from '../../src/audit/audit.ts'
import { silentLogger } from '../../src/logger.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

function start(auditEvents = ['authentication', 'authorization', 'change']) {
  const clock = new ManualClock()
  const told: { outcome: string; client: string; repeated?: number; reason?: string }[] = []
  const records: Buffer[] = []
  const info = (details: object): void =>
    void told.push((details as { audit: (typeof told)[number] }).audit)
  const audit = new Audit({
    config: { auditEvents, auditTopic: null },
    logger: { ...silentLogger, info },
    clock,
    topic: { append: record => void records.push(record) },
  })
  return { clock, told, records, audit }
}

function failureFrom(clientHost: string, reason = 'wrong'): AuditEvent {
  const actor = { principal: anonymous, clientHost }
  return { type: 'authentication', outcome: 'failure', actor, reason }
}

it('counts what an address does again and again, and tells others', () => {
  const { audit, told, clock } = start()
  for (let i = 0; i < 500; i++) audit.record(failureFrom('/10.0.0.1'))
  audit.record(failureFrom('/10.0.0.2'))
  expect(told).toHaveLength(21)
  expect(told.at(-1)).toMatchObject({ client: '10.0.0.2' })
  clock.advance(10_000)
  expect(told).toHaveLength(22)
  expect(told.at(-1)).toMatchObject({ client: '10.0.0.1', repeated: 480 })
  audit.record(failureFrom('/10.0.0.1'))
  expect(told.at(-1)).not.toHaveProperty('repeated', expect.anything())
})

it('keeps nothing of more addresses than it tells apart', () => {
  const { audit, told, clock } = start()
  for (let i = 0; i < 5000; i++) audit.record(failureFrom(`/10.0.${i >> 8}.${i & 255}`))
  expect(told).toHaveLength(1020)
  expect(clock.pending).toBeLessThanOrEqual(1001)
  audit.close()
  expect(told.at(-1)).toMatchObject({ repeated: 3980 })
  expect(clock.pending).toBe(0)
})

it('tells every change', () => {
  const { audit, told } = start()
  const actor = { principal: anonymous, clientHost: '/10.0.0.1' }
  for (let i = 0; i < 100; i++) audit.record({ type: 'change', outcome: 'success', actor })
  expect(told).toHaveLength(100)
})

it('tells what is asked for, and shortens what clients have chosen', () => {
  const { audit, told, records } = start(['authentication'])
  audit.record({ ...failureFrom('/10.0.0.1'), type: 'connection' })
  expect(told).toEqual([])
  audit.record(failureFrom('/10.0.0.1', 'x'.repeat(10_000)))
  expect(told[0]!.reason).toHaveLength(256)
  expect(JSON.parse(records[0]!.toString())).toMatchObject({
    time: 1_700_000_000_000,
    type: 'authentication',
    principal: 'User:ANONYMOUS',
    client: '10.0.0.1',
  })
})
