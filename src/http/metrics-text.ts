/** Metrics in the text format of Prometheus (version 0.0.4). */
import type { Histogram } from '../metrics/histogram.ts'

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

type Labels = Readonly<Record<string, string | number>>

/** The metrics of one name. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

interface Sample {
  /** Behind the name. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels?: Labels
  readonly value: number
}

export function gauge(name: string, help: string, samples: readonly Sample[] | number): Family {
  return family('gauge', name, help, samples)
}

export function counter(name: string, help: string, samples: readonly Sample[] | number): Family {
  return family('counter', name, help, samples)
}

function family(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  samples: readonly Sample[] | number,
): Family {
  return { type, name, help, samples: typeof samples === 'number' ? [{ value: samples }] : samples }
}

/** In seconds. */
export function histogram(
  name: string,
  help: string,
  histograms: readonly (readonly [Labels, Histogram])[],
): Family {
  const samples = histograms.flatMap(([labels, each]) => histogramSamples(labels, each))
  return { type: 'histogram', name, help, samples }
}

function histogramSamples(labels: Labels, { boundsMs, counts, sumMs }: Histogram): Sample[] {
  let below = 0
  const buckets = counts.map((count, i): Sample => {
    below += count
    const le = i < boundsMs.length ? boundsMs[i]! / 1000 : '+Inf'
    return { suffix: '_bucket', labels: { ...labels, le }, value: below }
  })
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sumMs / 1000 },
    { suffix: '_count', labels, value: below },
  ]
}

/** Families without samples are left out. */
export function metricsText(families: readonly Family[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, help, type, samples }: Family): string {
  if (samples.length === 0) return ''
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
  for (const { suffix = '', labels = {}, value } of samples) {
    lines.push(`${name}${suffix}${labelsText(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string | number): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
