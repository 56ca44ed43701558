import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import type { Field } from '../../protocol/schema.ts'
import { errorCodesOf } from '../../src/metrics/error-codes.ts'
import { RequestMetrics } from '../../src/metrics/request-metrics.ts'
import { apis } from '../protocol/every-api.ts'

function codesIn({ response }: { response: Pick<Field, 'facts'> }, value: unknown): number[] {
  const codes: number[] = []
  errorCodesOf(response)!(value, code => codes.push(code))
  return codes
}

describe('error codes are found', () => {
  it('of the whole response', () => {
    expect(codesIn(heartbeat, { errorCode: 27 })).toEqual([27])
    expect(codesIn(saslHandshake, { errorCode: 33, mechanisms: [] })).toEqual([33])
  })

  it('of each partition', () => {
    const partitionResponses = [{ index: 0, errorCode: 6 }, { index: 1, errorCode: 0 }, {}]
    expect(codesIn(produce, { responses: [{ name: 'a', partitionResponses }] })).toEqual([6, 0, 0])
    const partitions = [{ partitionIndex: 0, errorCode: 3 }]
    expect(codesIn(listOffsets, { topics: [{ name: 'a', partitions }] })).toEqual([3])
  })

  it('of every API, also where all of it is left out or null', () => {
    for (const { response } of apis) {
      const codes = errorCodesOf(response)
      expect(() => codes?.({}, () => {})).not.toThrow()
      const nulls = Object.keys(response.facts.fields!).map(name => [name, null])
      expect(() => codes?.(Object.fromEntries(nulls), () => {})).not.toThrow()
    }
  })
})

describe('requests', () => {
  it('are counted by API, in buckets, with their errors', () => {
    const metrics = new RequestMetrics()
    const ofHeartbeat = metrics.of(heartbeat)
    expect(metrics.of(heartbeat)).toBe(ofHeartbeat)
    ofHeartbeat.answered(0.1, { errorCode: 0 })
    ofHeartbeat.answered(3, { errorCode: 27 })
    ofHeartbeat.answered(1e6, undefined)
    const { duration, errors } = ofHeartbeat
    expect(duration.counts).toEqual([1, 0, 0, 0, 0, 1, ...Array(10).fill(0), 1])
    expect(duration.sumMs).toBeCloseTo(1_000_003.1)
    expect([...errors]).toEqual([[27, 1]])
    expect(metrics.all()).toEqual([ofHeartbeat])
  })
})
