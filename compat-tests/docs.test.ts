/**
 * Runs README.md and the pages of docs/ as they stand there, but for the port: their files, their
 * programs, their commands, and what these print. '…' in what they print stands for anything.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { blocksOf, outputOf } from './docs/page.ts'
import { Session } from './docs/session.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** It runs Kafka's tools, and has a test of its own. */
const others = new Set(['multi-tenancy.md'])
const pages = readdirSync(path.join(root, 'docs'))
  .filter(name => name.endsWith('.md') && !others.has(name))
  .map(name => `docs/${name}`)
  .concat('README.md')
/** What is run here: languages of programs, commands, and what they print. */
const languages = new Set(['js', 'ts', 'sh', 'console', 'text'])

describe.each(pages)('%s', page => {
  const all = blocksOf(readFileSync(path.join(root, page), 'utf8'))
  const here = all.filter(({ elsewhere }) => elsewhere === undefined)

  it('names tests that there are', () => {
    const tests = all.flatMap(({ elsewhere }) => elsewhere ?? [])
    expect(tests.filter(test => !existsSync(path.join(root, test)))).toEqual([])
  })

  it('has blocks of nothing else than what can be run', () => {
    const others = here.filter(block => block.file === undefined && !languages.has(block.language))
    expect(others.map(({ language, line }) => `${page}:${line}: ${language}`)).toEqual([])
  })

  it('does what it says', async () => {
    await using session = await Session.open()
    let printed = ''
    for (const block of here) {
      const where = `${page}:${block.line}`
      if (block.language === 'text' && block.file === undefined) {
        expect(printed.trim(), where).toMatch(outputOf(block.text))
        continue
      }
      const { complaints, out } = await session.run(block)
      printed = out
      expect(complaints, where).toEqual([])
    }
  })
})
