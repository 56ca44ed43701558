import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { root } from './tidy/source.ts'

/** Runs it in a process of its own, where nothing else happens. */
function run(program: string): string {
  const clock = `import { systemClock } from '${root}/src/clock.ts';`
  const args = ['--input-type=module', '--eval', clock + program]
  return execFileSync(process.execPath, args, { timeout: 10_000 }).toString().trim()
}

it('what is due at once is called though nothing else happens', () => {
  const told = 'console.log(process.uptime() - begun < 5 ? "soon" : "late");'
  const timeout = 'const idle = setTimeout(() => {}, 60_000);'
  const call = `systemClock.after(0, () => { ${told} clearTimeout(idle) })`
  expect(run(`const begun = process.uptime(); ${timeout} ${call}`)).toBe('soon')
})

it('a timer does not keep the process alive', () => {
  expect(run('systemClock.after(60_000, () => console.log("called"))')).toBe('')
})

it('neither is called that is cancelled', () => {
  const call = (ms: number): string =>
    `systemClock.after(${ms}, () => console.log("called")).cancel();`
  expect(run(`${call(0)} ${call(1)} setTimeout(() => {}, 20)`)).toBe('')
})
