/** What README.md says is so. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readmeFile, withSupportedApis } from '../scripts/readme.ts'
import { handlers } from '../src/handlers/index.ts'
import { root } from './tidy/source.ts'

const readme = readFileSync(readmeFile, 'utf8')

it('lists the APIs that are served (else: npm run docs)', () => {
  expect(withSupportedApis(readme)).toBe(readme)
  expect(withSupportedApis(readme.replace(/\| Heartbeat .*\n/, ''))).toBe(readme)
})

it('lists them in the order of their keys, as handlers/index.ts does', () => {
  const keys = handlers.map(({ key }) => key)
  expect(keys).toEqual(keys.toSorted((a, b) => a - b))
})

it.each(['startBroker()', 'startBroker({ brokers: 3 })'])(
  'has an example that runs with %s',
  { timeout: 30_000 },
  call => {
    const [, example] = /```js\n(import \{ startBroker \}.*?)```/s.exec(readme)!
    // Within the project, so that its name is known.
    const cache = path.join(root, '.cache')
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(path.join(cache, 'readme-'))
    try {
      const file = path.join(folder, 'example.js')
      writeFileSync(file, example!.replace('startBroker()', call))
      const stdio = ['ignore', 'pipe', 'ignore'] as const
      expect(execFileSync(process.execPath, [file], { stdio: [...stdio] }).toString()).toBe(
        'hello, world\n',
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
