import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Edit } from './builds.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What the tools need of the project. */
const parts = [
  'bin',
  'protocol',
  'storage',
  'src',
  'test',
  'compat-tests/server.ts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
]

export interface Tree extends AsyncDisposable {
  readonly path: string
}

/** A copy of the project with changes in it. Rejects when one of them has no place. */
export async function changedTree(edits: readonly Edit[]): Promise<Tree> {
  const target = await mkdtemp(path.join(tmpdir(), 'odradek-known-bad-'))
  const remove = (): Promise<void> => rm(target, { recursive: true })
  try {
    for (const part of parts) {
      await cp(path.join(root, part), path.join(target, part), { recursive: true })
    }
    await symlink(path.join(root, 'node_modules'), path.join(target, 'node_modules'), 'junction')
    for (const edit of edits) {
      const file = path.join(target, edit.file)
      await writeFile(file, changed(await readFile(file, 'utf8'), edit))
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { path: target, [Symbol.asyncDispose]: remove }
}

/** Throws unless what is to be found is there once. */
export function changed(text: string, { file, find, replace }: Edit): string {
  const [before, after, more] = text.split(find)
  if (after === undefined) throw new Error(`${file} no longer has: ${find}`)
  if (more !== undefined) throw new Error(`${file} has more than once: ${find}`)
  return `${before}${replace}${after}`
}

/** A file of the project as it is. */
export function sourceOf(file: string): Promise<string> {
  return readFile(path.join(root, file), 'utf8')
}
