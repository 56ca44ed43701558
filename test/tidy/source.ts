/** The project's own files, parsed as far as the rules of style need it. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'vite'

export interface Import {
  /** As written: './x.ts', 'node:net', 'pino'. */
  specifier: string
  /** Erased when the file runs. */
  isType: boolean
  /** `import()`: loaded when it is reached, not when the file is. */
  isDynamic: boolean
}

export interface Source {
  /** From the root of the project, with '/'. */
  path: string
  text: string
  lines: string[]
  imports: Import[]
  program: Node
}

/** A node of the syntax tree (ESTree). */
export interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

export const root = path.join(import.meta.dirname, '../..')
const folders = ['protocol', 'storage', 'src', 'test', 'compat-tests', 'bench', 'scripts']

/** Every TypeScript and JavaScript file of the project. */
export function readSources(): Source[] {
  return folders
    .flatMap(folder => filesBelow(path.join(root, folder)))
    .filter(file => /\.[jt]s$/.test(file))
    .map(file => {
      const fromRoot = path.relative(root, file).replaceAll(path.sep, '/')
      return parseSource(fromRoot, readFileSync(file, 'utf8'))
    })
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
}

export function parseSource(file: string, text: string): Source {
  const { program, module, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`)
  const imports: Import[] = [
    ...module.staticImports.map(({ moduleRequest, entries, start }) => ({
      specifier: moduleRequest.value,
      isType: text.startsWith('import type', start) && entries.every(({ isType }) => isType),
      isDynamic: false,
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries
        .filter(({ moduleRequest }) => moduleRequest !== null)
        .map(({ moduleRequest, isType }) => ({
          specifier: moduleRequest!.value,
          isType,
          isDynamic: false,
        })),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const literal = /^['"](.*)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
      return literal ? [{ specifier: literal[1]!, isType: false, isDynamic: true }] : []
    }),
  ]
  return { path: file, text, lines: text.split('\n'), imports, program: program as unknown as Node }
}

/** The file that a relative import names, from the root; undefined for packages and builtins. */
export function importedFile({ path: from }: Source, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return path.posix.join(path.posix.dirname(from), specifier)
}

/** All nodes below this one, this one included. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* nodesIn(child)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

export function lineOf({ text }: Source, position: number): number {
  return text.slice(0, position).split('\n').length
}
