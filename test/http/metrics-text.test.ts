import { expect, it } from 'vitest'
import { counter, gauge, histogram, metricsText } from '../../src/http/metrics-text.ts'
import { Histogram } from '../../src/metrics/histogram.ts'

it('is the text format of Prometheus', () => {
  const took = new Histogram([1, 10])
  for (const ms of [0.5, 5, 50, 1]) took.observe(ms)
  const text = metricsText([
    gauge('a_gauge', 'Of something.', 1.5),
    counter('a_total', 'Of others.', [{ labels: { topic: 'a"b\\c\nd', partition: 0 }, value: 3 }]),
    gauge('nothing', 'There is none.', []),
    histogram('took_seconds', 'How long.', [[{ api: 'Fetch' }, took]]),
  ])
  expect(text).toBe(
    [
      '# HELP a_gauge Of something.',
      '# TYPE a_gauge gauge',
      'a_gauge 1.5',
      '# HELP a_total Of others.',
      '# TYPE a_total counter',
      'a_total{topic="a\\"b\\\\c\\nd",partition="0"} 3',
      '# HELP took_seconds How long.',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{api="Fetch",le="0.001"} 2',
      'took_seconds_bucket{api="Fetch",le="0.01"} 3',
      'took_seconds_bucket{api="Fetch",le="+Inf"} 4',
      'took_seconds_sum{api="Fetch"} 0.0565',
      'took_seconds_count{api="Fetch"} 4',
      '',
    ].join('\n'),
  )
})
