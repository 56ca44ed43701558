/** Which version of a request client and broker speak (KIP-35). */
import type { Api } from '../../protocol/api.ts'

export interface VersionLimits {
  /** The first version that can say what is meant. */
  readonly minVersion?: number
  /** The last one whose answer is understood. */
  readonly maxVersion?: number
}

/** The highest version in common, or why there is none, in words that follow the broker's name. */
export function highestCommonVersion(
  { name, versions: [first, last] }: Pick<Api, 'name' | 'versions'>,
  range: { minVersion: number; maxVersion: number } | undefined,
  { minVersion = first, maxVersion = last }: VersionLimits,
): number | string {
  if (range === undefined)
    return `does not serve ${name}: it is too old for this, or not allowed to`
  const lowest = Math.max(minVersion, first)
  const highest = Math.min(maxVersion, last, range.maxVersion)
  if (highest >= Math.max(lowest, range.minVersion)) return highest
  const spoken = `${name} v${range.minVersion}–${range.maxVersion}`
  const needed = `v${lowest}–${Math.min(maxVersion, last)}`
  const isOld = range.maxVersion < lowest
  return `speaks ${spoken}, and ${needed} is needed: it is too ${isOld ? 'old' : 'new'} for this`
}
