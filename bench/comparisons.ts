/** Medians of rounds, and what they are to each other. */
import { contenderTitles, type ContenderName } from './contenders.ts'
import type { RoundFigures } from './runner.ts'
import { median, reached, type Target } from './statistics.ts'

interface Comparison extends Target {
  figure: string
  of: ContenderName
  to: ContenderName
  /** Another figure, to compare a broker with itself. */
  toFigure?: string
}

/** What Odradek is to reach, wherever both have the figure. */
const comparisons: readonly Comparison[] = [
  { figure: 'produce MB/s', of: 'os', to: 'kafka', atLeast: 1.6 },
  { figure: 'produce MB/s', of: 'disk', to: 'kafka', atLeast: 1.3 },
  { figure: 'produce MB/s', of: 'disk', to: 'kafka-synced', atLeast: 5 },
  { figure: 'consume MB/s', of: 'os', to: 'kafka', atLeast: 1.7 },
  { figure: 'idempotent produce MB/s', of: 'os', to: 'kafka', atLeast: 1.2 },
  { figure: 'transactional produce MB/s', of: 'os', to: 'kafka', atLeast: 1.2 },
  { figure: 'transactions/s', of: 'os', to: 'kafka', atLeast: 1.2 },
  { figure: 'TLS produce MB/s', of: 'os', to: 'kafka', atLeast: 1 },
  { figure: 'TLS consume MB/s', of: 'os', to: 'kafka', atLeast: 1 },
  { figure: 'handshakes/s', of: 'os', to: 'kafka', atLeast: 1 },
  { figure: 'tail MB/s', of: 'os', to: 'kafka', atLeast: 1.6 },
  { figure: 'ack p50 ms', of: 'os', to: 'kafka', atMost: 0.7 },
  { figure: 'ack p99 ms', of: 'os', to: 'kafka', atMost: 0.3 },
  { figure: 'ack p50 ms', of: 'disk', to: 'kafka', atMost: 2 },
  { figure: 'end-to-end p50 ms', of: 'os', to: 'kafka', atMost: 0.7 },
  { figure: 'end-to-end p99 ms', of: 'os', to: 'kafka', atMost: 0.3 },
  { figure: 'end-to-end p50 ms', of: 'disk', to: 'kafka', atMost: 2 },
  {
    figure: 'ack p99 ms, compacting',
    of: 'os',
    to: 'os',
    toFigure: 'ack p99 ms',
    atMost: 2,
  },
  { figure: 'produce CPU s/GB', of: 'os', to: 'kafka', atMost: 0.7 },
  { figure: 'consume CPU s/GB', of: 'os', to: 'kafka', atMost: 1 },
  { figure: 'peak memory MB', of: 'os', to: 'kafka', atMost: 0.25 },
  { figure: 'start ms', of: 'disk', to: 'kafka', atMost: 0.1 },
]

export interface Ratio {
  /** `produce MB/s: Odradek, os / Kafka`. */
  title: string
  our: number
  their: number
  ratio: number
  target: string
  reached: boolean
}

export function ratios(results: readonly RoundFigures[]): Ratio[] {
  return comparisons.flatMap(({ figure, of, to, toFigure = figure, ...target }) => {
    const [our, their] = [medianOf(results, of, figure), medianOf(results, to, toFigure)]
    const ratio = our / their
    if (!Number.isFinite(ratio)) return []
    const base = toFigure === figure ? '' : ` (${toFigure})`
    return {
      title: `${figure}: ${contenderTitles[of]} / ${contenderTitles[to]}${base}`,
      our,
      their,
      ratio,
      target: target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`,
      reached: reached(ratio, target),
    }
  })
}

/** NaN when this broker has no such figure. */
export function medianOf(
  results: readonly RoundFigures[],
  contender: ContenderName,
  figure: string,
): number {
  const own = results.filter(one => one.contender === contender && figure in one.figures)
  return median(own.map(({ figures }) => figures[figure]!))
}
