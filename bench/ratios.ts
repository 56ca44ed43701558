/** Medians of rounds, and what they are to each other. */
import { contenderTitles, type ContenderName } from './contenders.ts'
import { shown, type RoundFigures } from './runner.ts'
import { median, reached, type Target } from './statistics.ts'

interface Comparison extends Target {
  figure: string
  of: ContenderName
  to: ContenderName
}

/** What Odradek is to reach, wherever both have the figure. */
const comparisons: readonly Comparison[] = [
  { figure: 'produce MB/s', of: 'os', to: 'kafka', atLeast: 1.6 },
  { figure: 'produce MB/s', of: 'disk', to: 'kafka', atLeast: 1.3 },
  { figure: 'produce MB/s', of: 'disk', to: 'kafka-synced', atLeast: 5 },
  { figure: 'consume MB/s', of: 'os', to: 'kafka', atLeast: 1.7 },
  { figure: 'produce CPU s/GB', of: 'os', to: 'kafka', atMost: 0.7 },
  { figure: 'consume CPU s/GB', of: 'os', to: 'kafka', atMost: 1 },
  { figure: 'peak memory MB', of: 'os', to: 'kafka', atMost: 0.25 },
]

export function ratios(results: readonly RoundFigures[]): string[] {
  const medianOf = (contender: ContenderName, figure: string): number =>
    median(
      results.flatMap(one =>
        one.contender === contender && figure in one.figures ? [one.figures[figure]!] : [],
      ),
    )
  return comparisons.flatMap(({ figure, of, to, ...target }) => {
    const [our, their] = [medianOf(of, figure), medianOf(to, figure)]
    const ratio = our / their
    if (!Number.isFinite(ratio)) return []
    const wanted = target.atLeast ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
    const verdict = reached(ratio, target) ? 'reached' : 'missed'
    const names = `${contenderTitles[of]} / ${contenderTitles[to]}`
    const medians = `${shown(our)} / ${shown(their)}`
    return [`${figure}: ${names} = ${medians} = ${ratio.toFixed(2)} × (${wanted}: ${verdict})`]
  })
}
