/** What Prometheus finds in a broker that does something. */
import { expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { RawClient } from '../raw-client.ts'
import { startApi, type Api } from './v1/client.ts'

async function metrics({ url }: Api): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map(line => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

it('tells of topics and groups', async () => {
  const api = await startApi()
  await api.ask('POST', '/v1/topics', { topic: 'a', partitions: 2 })
  await api.ask(
    'POST',
    '/v1/topics/a/records',
    [1, 2, 3].map(value => ({ value, partition: 1 })),
  )
  await api.ask('POST', '/v1/groups/g/seek', { to: 1, topics: ['a'] })
  const found = await metrics(api)
  const ofOne = { topic: 'a', partition: '1' }
  const labels = Object.entries(ofOne)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')
  expect(found.get('kafka_topic_partitions{topic="a"}')).toBe(2)
  expect(found.get(`kafka_topic_partition_current_offset{${labels}}`)).toBe(3)
  expect(found.get(`kafka_topic_partition_oldest_offset{${labels}}`)).toBe(0)
  expect(found.get(`kafka_topic_partition_under_replicated_partition{${labels}}`)).toBe(0)
  expect(found.get(`kafka_log_log_size{${labels}}`)).toBeGreaterThan(60)
  expect(found.get(`kafka_consumergroup_lag{consumergroup="g",${labels}}`)).toBe(2)
  expect(found.get('kafka_consumergroup_lag_sum{consumergroup="g",topic="a"}')).toBe(2)
  expect(found.get('kafka_consumergroup_members{consumergroup="g"}')).toBe(0)
})

it('tells of requests, their errors, connections and faults', async () => {
  const api = await startApi()
  await api.ask('POST', '/v1/faults', { api: 'ApiVersions', delay: 1 })
  await using client = await RawClient.connect(api.broker.bootstrapServers)
  await client.request(apiVersions, 0, {})
  const beat = { groupId: 'g', generationId: 0, memberId: 'm' }
  for (let i = 0; i < 2; i++) await client.request(heartbeat, 0, beat)
  const found = await metrics(api)
  expect(found.get('odradek_request_duration_seconds_count{api="Heartbeat"}')).toBe(2)
  const errors = 'odradek_request_errors_total{api="Heartbeat",error="UNKNOWN_MEMBER_ID"}'
  expect(found.get(errors)).toBe(2)
  expect(found.get('odradek_injected_faults_total{api="ApiVersions",effect="delay"}')).toBe(1)
  expect(found.get('odradek_connections{listener="PLAINTEXT"}')).toBeGreaterThan(0)
  expect(found.get('odradek_connections_opened_total{listener="PLAINTEXT"}')).toBeGreaterThan(1)
  expect(found.get('odradek_connections_refused_total{listener="PLAINTEXT"}')).toBe(0)
})

it('goes on counting after a reset', async () => {
  const api = await startApi()
  await using client = await RawClient.connect(api.broker.bootstrapServers)
  await client.request(apiVersions, 0, {})
  await api.ask('POST', '/v1/reset')
  await client.request(apiVersions, 0, {})
  const name = 'odradek_request_duration_seconds_count{api="ApiVersions"}'
  expect((await metrics(api)).get(name)).toBe(2)
})

it('tells of the process', async () => {
  const found = await metrics(await startApi())
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_heap_size_used_bytes',
    'odradek_memory_limit_bytes{pool="requests"}',
    'kafka_brokers',
  ]) {
    expect(found.get(name)).toBeGreaterThan(0)
  }
  expect(found.get('nodejs_eventloop_utilization')).toBeLessThanOrEqual(1)
  expect(found.get('nodejs_eventloop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
})
