/** The rules of style can fail: each meets a sample that breaks it, and one that does not. */
import { describe, expect, it } from 'vitest'
import {
  backDoors,
  heavyImports,
  unmarkedBuiltins,
  unpairedApis,
  wrongArrows,
} from './architecture.ts'
import {
  barrelFiles,
  longFiles,
  longFunctions,
  longLines,
  looseEnds,
  silentSkips,
  vagueNames,
  type Rule,
} from './rules.ts'
import { parseSource } from './source.ts'
import { revealingTexts, versionContract } from './texts.ts'

interface Sample {
  rule: Rule
  file?: string
  bad: string
  good: string
}

const statements = (count: number): string => 'f()\n'.repeat(count)
const join = (...parts: string[]): string => parts.join('')

const samples: Record<string, Sample> = {
  'a long line': { rule: longLines, bad: `// ${'x'.repeat(98)}`, good: `// ${'ü'.repeat(97)}` },
  'a long function': {
    rule: longFunctions,
    bad: `function a() {\n${statements(69)}}`,
    good: `function a() {\n${statements(68)}}\ndescribe('x', () => {\nit('y')\n${statements(99)}})`,
  },
  'a long arrow function': {
    rule: longFunctions,
    bad: `const a = () => {\n${statements(69)}}`,
    good: `const a = () => {\n${statements(68)}}`,
  },
  'a long file': { rule: longFiles, bad: statements(500), good: statements(499) },
  'a long handler': {
    rule: longFiles,
    file: 'src/handlers/00-produce.ts',
    bad: statements(150),
    good: statements(149),
  },
  'a vague name': {
    rule: vagueNames,
    bad: 'class TopicManager {}',
    good: 'class Topics { managed = 1 }',
  },
  'a vague function': {
    rule: vagueNames,
    bad: 'function testHelper() {}',
    good: 'function help() {}',
  },
  'a barrel': { rule: barrelFiles, bad: `export * from './b.ts'`, good: 'export const b = 1' },
  'a partial barrel': { rule: barrelFiles, bad: `export { b } from './b.ts'`, good: 'export {}' },
  'a loose end': {
    rule: looseEnds,
    bad: join('// TO', 'DO later'),
    good: join('// TO', 'DO(#12) later'),
  },
  'a skipped test': {
    rule: silentSkips,
    bad: `it.skip('works', () => {})`,
    good: `it.skip('works (skipped: no fsync here)', () => {})`,
  },
  'a test skipped under a condition': {
    rule: silentSkips,
    bad: `describe.skipIf(skipped)('works', () => { 'skipped' })`,
    good: 'const why = x ? "" : "skipped: x"\nit.skipIf(why)(`works${why}`, () => {})',
  },
  'a test that runs alone': {
    rule: silentSkips,
    bad: `it.only('works skipped', () => {})`,
    good: `it('works', () => {})`,
  },
  'storage that knows the broker': {
    rule: wrongArrows,
    file: 'storage/file/log.ts',
    bad: `import type { Clock } from '../../src/clock.ts'`,
    good: `import { crc32c } from '../../protocol/crc32c.ts'`,
  },
  'storage that knows messages': {
    rule: wrongArrows,
    file: 'storage/file/log.ts',
    bad: `import { fetch } from '../../protocol/apis/01-fetch.ts'`,
    good: `import { lastOffset } from '../../protocol/record-batch.ts'`,
  },
  'a protocol that knows storage': {
    rule: wrongArrows,
    file: 'protocol/a.ts',
    bad: `const log = await import('../storage/memory/log.ts')`,
    good: `const api = await import('./api.ts')`,
  },
  'a broker that knows tests': {
    rule: wrongArrows,
    file: 'src/a.ts',
    bad: `export { x } from '../test/harness.ts'`,
    good: `import { api } from '../protocol/api.ts'`,
  },
  'a compatibility test that knows the broker': {
    rule: wrongArrows,
    file: 'compat-tests/java.test.ts',
    bad: `import { startBroker } from '../src/index.ts'`,
    good: `import { startServer } from './server.ts'`,
  },
  'a comparison of protocols that knows the broker': {
    rule: wrongArrows,
    file: 'compat-tests/codec.test.ts',
    bad: `import { handlers } from '../src/handlers/index.ts'`,
    good: `import { apis } from '../test/protocol/every-api.ts'`,
  },
  'a builtin without prefix': {
    rule: unmarkedBuiltins,
    bad: `import net from 'net'`,
    good: `import net from 'node:net'`,
  },
  'the time of day': {
    rule: backDoors,
    bad: 'const now = Date.now()',
    good: 'const now = clock.now()',
  },
  'a timer': { rule: backDoors, bad: 'setTimeout(f, 1)', good: 'clock.after(1, f)' },
  'a repeating timer': {
    rule: backDoors,
    bad: 'setInterval(f, 1)',
    good: '',
  },
  chance: { rule: backDoors, bad: 'const x = Math.random()', good: 'const x = Math.floor(1)' },
  'the disk': {
    rule: backDoors,
    bad: `import { readFileSync } from 'node:fs'`,
    good: `import type { Fs } from './fs.ts'`,
  },
  'the disk, later': {
    rule: backDoors,
    bad: `const fs = await import('node:fs/promises')`,
    good: '',
  },
}

describe('finds', () => {
  it.each(Object.entries(samples))('%s', (_, { rule, file = 'src/a.ts', bad, good }) => {
    expect(rule(parseSource(file, bad))).toHaveLength(1)
    expect(rule(parseSource(file, good))).toEqual([])
  })

  it('a vague name of a file', () => {
    expect(vagueNames(parseSource('src/string-utils.ts', ''))).toHaveLength(1)
    expect(vagueNames(parseSource('src/strings.ts', ''))).toEqual([])
  })

  it('nothing behind a door', () => {
    expect(backDoors(parseSource('src/clock.ts', 'setTimeout(f, 1); Date.now()'))).toEqual([])
    expect(backDoors(parseSource('test/a.test.ts', 'Math.random()'))).toEqual([])
  })

  it('what loading a file loads', () => {
    const start = parseSource(
      'src/index.ts',
      `import type { Logger } from 'pino'\nimport { a } from './a.ts'\nimport net from 'node:net'`,
    )
    const light = parseSource('src/a.ts', `export const a = () => import('better-sqlite3')`)
    const heavy = parseSource('src/a.ts', `import http from 'node:http'\nexport { a } from 'pino'`)
    expect(heavyImports([start, light], 'src/index.ts')).toEqual([])
    expect(heavyImports([start, heavy], 'src/index.ts')).toHaveLength(2)
    expect(() => heavyImports([start], 'src/index.ts')).toThrow('src/a.ts')
  })

  it('APIs that lack a part', () => {
    const file = (name: string, text = '') => parseSource(name, text)
    const list = file('src/handlers/index.ts', `import heartbeat from './12-heartbeat.ts'`)
    const [schema, declared, handler, test] = [
      file('protocol/apis/12-heartbeat.ts', '/** Heartbeat: v0–4. */'),
      file('protocol/apis/12-heartbeat.ts', '/** Heartbeat: v0–4. Declared, not served yet. */'),
      file('src/handlers/12-heartbeat.ts'),
      file('test/handlers/12-heartbeat.test.ts'),
    ]
    expect(unpairedApis([schema, handler, test, list])).toEqual([])
    expect(unpairedApis([handler, test, list])).toEqual(['12-heartbeat has no schema'])
    expect(unpairedApis([schema, list])).toHaveLength(1)
    expect(unpairedApis([declared, list])).toEqual([])
    expect(unpairedApis([declared, handler, test, list])).toHaveLength(1)
    expect(unpairedApis([schema, handler, test])).toHaveLength(1)
    expect(unpairedApis([schema, handler, list])).toHaveLength(1)
  })

  it('the version contract of a handler', () => {
    const contract = (text: string) => versionContract({ path: '', text })
    expect(contract('/**\n * Fetch: v4–18. More.\n */')).toEqual({
      name: 'Fetch',
      versions: [4, 18],
    })
    expect(contract('/** Ping: v2. */')).toEqual({ name: 'Ping', versions: [2, 2] })
    expect(contract('/** Fetches records. */')).toBeUndefined()
    expect(contract(`import x from 'x'\n/** Fetch: v4–18 */`)).toBeUndefined()
  })

  it('texts that reveal too much', () => {
    const found = (text: string) => revealingTexts({ path: 'a.md', text })
    expect(found(join('see /ho', 'me/ann/kafka'))).toHaveLength(1)
    expect(found(join('-----BEGIN PRIV', 'ATE KEY-----'))).toHaveLength(1)
    expect(found(join('token gh', 'p_0123456789abcdefghij'))).toHaveLength(1)
    expect(found('https://example.org/home/page and ./work/x')).toEqual([])
  })
})
