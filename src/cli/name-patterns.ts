/** Names as the command line takes them: '*' stands for any letters, '?' for one. */
import { Failure } from './failure.ts'
import { printable } from './printable.ts'

/** Those that are meant, each once, sorted. Throws a Failure for a pattern that means none. */
export function matchingNames(
  patterns: readonly string[],
  /** What there is, and what it is called: 'topic'. */
  known: readonly string[],
  noun: string,
): string[] {
  const names = patterns.flatMap(pattern => {
    if (!isPattern(pattern)) return [pattern]
    const found = known.filter(name => matches(pattern, name))
    if (found.length > 0) return found
    throw new Failure(
      `no ${noun} matches ${printable(pattern)}. 'odradek ${noun}' lists those that there are`,
      1,
    )
  })
  return [...new Set(names)].toSorted()
}

export function isPattern(text: string): boolean {
  return /[*?]/.test(text)
}

/** Linear: each star takes the least that lets the rest go on. */
export function matches(pattern: string, name: string): boolean {
  let [at, star, resume] = [0, -1, 0]
  for (let i = 0; i < name.length;) {
    if (pattern[at] === '*') [star, resume, at] = [at, i, at + 1]
    else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === name[i])) {
      at++
      i++
    } else if (star >= 0) {
      resume++
      ;[at, i] = [star + 1, resume]
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
