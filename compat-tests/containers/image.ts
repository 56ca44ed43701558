/** The container image under test, and programs that start it by modules of Testcontainers. */
import { expect } from 'vitest'
import { runTool } from '../tool.ts'

/** With a tag; `run.sh` builds it, and sets what modules have to know of the engine. */
export const image = process.env['ODRADEK_TEST_IMAGE'] ?? ''

export const skipped =
  image === '' ? ' (skipped: bash compat-tests/containers/run.sh builds the image and runs it)' : ''

/** For what is fetched and compiled: one folder for each language, kept between runs. */
export const cache = new URL('../../.cache/containers/', import.meta.url).pathname

export function docker(...args: string[]): Promise<string> {
  return runTool('docker', args)
}

/** A program starts the image, writes a record and reads it. */
export async function expectRecord(program: string, args: readonly string[]): Promise<void> {
  const output = await runTool(program, args, { timeoutMs: 60_000 })
  expect(output).toMatch(/^got value$/m)
}
