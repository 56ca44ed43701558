/** differences.md: the differences that are known and stay, each with its reason. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Difference, Result } from './compare.ts'

const file = path.join(import.meta.dirname, '../differences.md')

/** A line "- `Metadata v4–13 · a new topic · *`": API, versions, scenario, place; * is anything. */
const entryLine = /^- `(?<api>[^`]+?) v(?<first>\d+)(?:–(?<last>\d+))? · (?<place>[^`]+)`$/

export interface Entry {
  /** The line as it stands. */
  text: string
  matches(difference: Difference): boolean
}

export function readEntries(markdown = readFileSync(file, 'utf8')): Entry[] {
  const lines = markdown.split('\n').filter(line => line.startsWith('- `'))
  return lines.map(entryOf)
}

function entryOf(text: string): Entry {
  const { api, first, last = first, place } = entryLine.exec(text)?.groups ?? {}
  if (place === undefined) throw new Error(`differences.md: cannot read ${text}`)
  const pattern = new RegExp(`^${glob(place)}$`)
  return {
    text,
    matches(difference) {
      const { version } = difference
      const isIn = version >= Number(first) && version <= Number(last)
      return difference.api === api && isIn && pattern.test(difference.place)
    },
  }
}

function glob(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*')
}

/** What differs and is not listed, as lines; versions that differ alike share one. */
export function unlisted(results: readonly Result[], entries: readonly Entry[]): string[] {
  const lines = new Map<string, { api: string; versions: number[]; rest: string }>()
  for (const difference of results.flatMap(({ differences }) => differences)) {
    if (entries.some(entry => entry.matches(difference))) continue
    const { api, version, place, kafka, ours } = difference
    const rest = `${place}: kafka ${kafka} / ours ${ours}`
    // Names of topics and groups have the version in them.
    const key = `${api} ${rest.replaceAll(/oracle-(?:again-)?\d+-\d+-/g, '')}`
    const line = lines.get(key) ?? { api, versions: [], rest }
    line.versions.push(version)
    lines.set(key, line)
  }
  return [...lines.values()].map(({ api, versions, rest }) => {
    return `${api} ${versionsText(versions)} · ${rest}`
  })
}

/** 'v1–3, v5' */
export function versionsText(versions: readonly number[]): string {
  const runs: [number, number][] = []
  for (const version of versions) {
    const run = runs.at(-1)
    if (run?.[1] === version - 1) run[1] = version
    else runs.push([version, version])
  }
  const texts = runs.map(([first, last]) => (first === last ? `v${first}` : `v${first}–${last}`))
  return texts.join(', ')
}

/** What is listed and differs no more. */
export function outdated(results: readonly Result[], entries: readonly Entry[]): string[] {
  const differences = results.flatMap(({ differences }) => differences)
  return entries
    .filter(entry => !differences.some(difference => entry.matches(difference)))
    .map(({ text }) => text)
}
