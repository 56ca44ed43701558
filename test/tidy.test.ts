/** The project's style, executed. The rules themselves are tested in tidy/rules.test.ts. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { handlers } from '../src/handlers/index.ts'
import {
  backDoors,
  heavyImports,
  unmarkedBuiltins,
  unpairedApis,
  wrongArrows,
} from './tidy/architecture.ts'
import {
  barrelFiles,
  longFiles,
  longFunctions,
  longLines,
  looseEnds,
  silentSkips,
  vagueNames,
  type Rule,
} from './tidy/rules.ts'
import { readSources, root } from './tidy/source.ts'
import { revealingTexts, versionContract } from './tidy/texts.ts'

const sources = readSources()
const maxMedianLines = 150

describe('every file', () => {
  it.each<[string, Rule]>([
    ['has lines that fit a screen', longLines],
    ['has functions that fit a screen', longFunctions],
    ['is short', longFiles],
    ['has names that say something', vagueNames],
    ['has content of its own', barrelFiles],
    ['leaves no loose ends', looseEnds],
    ['hides no skipped tests', silentSkips],
    ['imports only what its layer may know', wrongArrows],
    ['imports builtins as such', unmarkedBuiltins],
    ['meets the outside world at its doors only', backDoors],
  ])('%s', (_, rule) => {
    expect(sources.flatMap(rule)).toEqual([])
  })
})

describe('the project', () => {
  it('has mostly small files', () => {
    const lengths = sources
      .filter(({ path: file }) => /^(protocol|storage|src)\//.test(file))
      .map(({ lines }) => lines.length)
      .toSorted((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(maxMedianLines)
  })

  it('pairs every handler with its API and a test, and tells which APIs lack one', () => {
    expect(unpairedApis(sources)).toEqual([])
  })

  it('starts a broker in memory without loading what it does not need', () => {
    expect(heavyImports(sources, 'src/index.ts')).toEqual([])
  })

  it('tells nobody where it was made, and no secrets', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
      .toString()
      .split('\n')
      .filter(file => /\.(ts|js|json|md|sh|sql|xml|yaml|txt)$|^\.ci\/|LICENSE/.test(file))
      .map(file => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }))
    expect(files.flatMap(revealingTexts)).toEqual([])
  })
})

describe('every handler', () => {
  it.each(handlers.map(api => [api.name, api] as const))('%s opens with its versions', (_, api) => {
    const number = String(api.key).padStart(2, '0')
    const handler = sources.find(source => source.path.startsWith(`src/handlers/${number}-`))
    expect(versionContract(handler!)).toEqual({ name: api.name, versions: api.versions })
  })
})
