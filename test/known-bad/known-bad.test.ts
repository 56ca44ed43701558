import { describe, expect, it } from 'vitest'
import { badBuilds } from './builds.ts'
import { readTable, tableOf } from './table.ts'
import { changed, sourceOf } from './tree.ts'

describe('the table of bad builds (npm run known-bad)', () => {
  it.each(badBuilds)('can still make the build that $name', async ({ edits }) => {
    const texts = new Map<string, string>()
    for (const edit of edits) {
      const before = texts.get(edit.file) ?? (await sourceOf(edit.file))
      const after = changed(before, edit)
      expect(after).not.toBe(before)
      texts.set(edit.file, after)
    }
  })

  it('has every build and tool, and each build is caught', async () => {
    const table = await readTable()
    expect([...table.keys()]).toEqual(badBuilds.map(({ name }) => name))
    for (const [build, catchers] of table) expect(catchers.size, build).toBeGreaterThan(0)
    expect(await sourceOf('test/known-bad/table.md')).toBe(tableOf(table))
  })
})
