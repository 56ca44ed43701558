/**
 * What has been measured so far, of each workload its last run: so that a run in pieces makes one
 * report. Lies in the cache folder; the report in bench/results.md is made of it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { RoundFigures } from './runner.ts'

/** Cells are texts; the first row is the header. */
export type Table = readonly (readonly string[])[]

export interface Result {
  /** ISO 8601. */
  measuredAt: string
  /** What was cut: rounds and scale. */
  extent: string
  rounds?: RoundFigures[]
  table?: Table
}

const file = path.join(import.meta.dirname, '../.cache/bench-results.json')

/** By the name of the workload. */
export function readResults(): Record<string, Result> {
  if (!existsSync(file)) return {}
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Result>
}

export async function addResult(name: string, result: Result): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify({ ...readResults(), [name]: result }))
}

export async function forgetResults(): Promise<void> {
  await rm(file, { force: true })
}
