/**
 * A program that takes a case on each line of stdin, in JSON. It writes a record that has the name
 * of the case to the topic and reads it again, and says on a line of stdout what came of it, in
 * JSON: `{name, error}`, the error missing or null if all went well.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Toolchain } from '../programs.ts'
import type { Case } from './cases.ts'

/** By the name of the case: why it failed, or 'welcome'. */
export type Outcomes = ReadonlyMap<string, string>

export async function tryAll({ prepare }: Toolchain, cases: readonly Case[]): Promise<Outcomes> {
  const { program, args } = await prepare()
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const closed = once(child, 'close')
  const outcomes = new Map<string, string>()
  child.stdin.end(cases.map(one => `${JSON.stringify(one)}\n`).join(''))
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, error } = JSON.parse(line) as { name: string; error?: string | null }
    outcomes.set(name, error ?? 'welcome')
  }
  await closed
  const missing = cases.find(({ name }) => !outcomes.has(name))
  if (missing) throw new Error(`${program} ended before '${missing.name}':\n${complaint}`)
  return outcomes
}
