/** What is measured: a table of data. */
import type { ContenderName } from './contenders.ts'
import type { LoadOptions } from './load.ts'
import { produce, produceThenConsume, type Measure } from './measures.ts'

export interface Workload {
  /** For `--only`. */
  name: string
  contenders: readonly ContenderName[]
  measure: Measure
  /** `bytes` at `--scale 1`. */
  load: Omit<LoadOptions, 'bootstrap'> & { bytes: number; partitions: number }
}

const both: ContenderName[] = ['os', 'kafka']
const all: ContenderName[] = ['os', 'disk', 'kafka', 'kafka-synced']
const gigabyte = 1e9

const sizes = [
  { name: '1k', recordBytes: 1000, bytes: gigabyte },
  { name: '100b', recordBytes: 100, bytes: gigabyte / 2 },
]

export const workloads: readonly Workload[] = sizes.flatMap(({ name, recordBytes, bytes }) => {
  const row = (
    partitions: number,
    acks: 'all' | '1',
    contenders: readonly ContenderName[],
    measure: Measure,
  ): Workload => ({
    name: `produce-${name}-acks-${acks}-${partitions}p`,
    contenders,
    measure,
    load: { recordBytes, bytes, partitions, acks },
  })
  return [
    row(6, 'all', all, produceThenConsume),
    row(1, 'all', both, produceThenConsume),
    row(100, 'all', both, produceThenConsume),
    row(6, '1', both, produce),
    row(1, '1', both, produce),
    row(100, '1', both, produce),
  ]
})
