import { expect, it } from 'vitest'
import { latenciesOf } from '../../src/cli/percentiles.ts'
import { startBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

const small = ['--records', '300', '--round-trips', '3', '--size', '10']

it('measures in a topic of its own, and removes it', async () => {
  await using broker = await startBroker()
  const args = ['bench', '-b', broker.bootstrapServers, ...small, '--partitions', '2', '--json']
  const { stdout } = await odradek(...args)
  const result = JSON.parse(stdout[0]!) as { tests: { test: string; records: number }[] }
  expect(result).toMatchObject({ partitions: 2, recordBytes: 10, acks: 'all' })
  expect(result.tests.map(({ test, records }) => [test, records])).toEqual([
    ['produce', 300],
    ['consume', 300],
    ['round trip', 3],
  ])
  const { stdout: topics } = await odradek('topic', 'list', '-b', broker.bootstrapServers, '--json')
  expect(JSON.parse(topics[0]!)).toMatchObject({ topics: [] })
})

it('measures in a topic that is there, and keeps it', async () => {
  await using broker = await startBroker({ topics: { mine: { partitions: 3 } } })
  const args = ['bench', '-b', broker.bootstrapServers, ...small, '--topic', 'mine']
  const { stdout } = await odradek(...args)
  expect(stdout[0]).toMatch(/^TEST +RECORDS +SECONDS +RECORDS\/S +MB\/S +P50 MS/)
  expect(await broker.topic('mine').take(300)).toHaveLength(300)
  await expect(odradek(...args.slice(0, -1), 'missing')).rejects.toThrow('no topic missing')
})

it('gives percentiles that were measured', () => {
  const samples = Array.from({ length: 200 }, (_, i) => 200 - i)
  expect(latenciesOf(samples)).toEqual({ p50: 100, p95: 190, p99: 198, max: 200 })
  expect(latenciesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 })
  expect(latenciesOf([])).toEqual({ p50: 0, p95: 0, p99: 0, max: 0 })
})
