/** The rules of style that hold for one file by itself: each gives the places that break it. */
import { lineOf, nodesIn, type Node, type Source } from './source.ts'

export type Rule = (source: Source) => string[]

const maxColumns = 100
const maxFunctionLines = 70
const maxFileLines = 500
const maxHandlerLines = 150

export const longLines: Rule = source =>
  source.lines.flatMap((line, i) =>
    Array.from(line).length > maxColumns
      ? [`${source.path}:${i + 1} has ${line.length} columns`]
      : [],
  )

/** The list of handlers is none, and grows with them. */
const isHandler = (path: string): boolean =>
  path.startsWith('src/handlers/') && path !== 'src/handlers/index.ts'

export const longFiles: Rule = ({ path, lines }) => {
  const limit = isHandler(path) ? maxHandlerLines : maxFileLines
  return lines.length > limit ? [`${path} has ${lines.length} lines, allowed are ${limit}`] : []
}

const functionTypes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']

/** A list of tests is not a function that someone must follow. */
export const longFunctions: Rule = source => {
  const found: string[] = []
  for (const node of nodesIn(source.program)) {
    if (!functionTypes.includes(node.type) || isListOfTests(source, node)) continue
    const start = lineOf(source, node.start)
    const lines = lineOf(source, node.end) - start + 1
    if (lines > maxFunctionLines) found.push(`${source.path}:${start} has ${lines} lines`)
  }
  return found
}

function isListOfTests({ text }: Source, { body }: Node): boolean {
  const { body: statements } = body as { body?: Node[] }
  if (!Array.isArray(statements)) return false
  return statements.some(({ start }) => /^(it|test|describe)\b/.test(text.slice(start, start + 9)))
}

const vagueWords = /^(utils?|helpers?|managers?|impl)$/i

/** Names that say nothing: of files, and of what they declare. */
export const vagueNames: Rule = source => {
  const names = [source.path.split('/').at(-1)!.replace(/\..*/, '')]
  for (const node of nodesIn(source.program)) {
    const id = node['id'] as Node | null | undefined
    if (id?.type === 'Identifier') names.push(String(id['name']))
  }
  return names.filter(isVague).map(name => `${source.path}: '${name}' says nothing`)
}

function isVague(name: string): boolean {
  return name.split(/[-_]|(?<=[a-z])(?=[A-Z])/).some(word => vagueWords.test(word))
}

const barrels = ['src/handlers/index.ts', 'src/index.ts']

/** Files that only hand on what others declare. */
export const barrelFiles: Rule = ({ path, program }) => {
  const body = program['body'] as Node[]
  const isReexport = ({ type, source }: Node): boolean =>
    type === 'ExportAllDeclaration' || (type === 'ExportNamedDeclaration' && source !== null)
  const found = body.some(isReexport) || /(^|\/)index\.[jt]s$/.test(path)
  return found && !barrels.includes(path) ? [`${path} is a barrel`] : []
}

// In brackets, so that this line is not found itself.
const unfinished = /\b(TOD[O]|FIXM[E]|XX[X])\b(?!.*#\d)/

/** Unfinished work has a number under which it will be done. */
export const looseEnds: Rule = ({ path, lines }) =>
  lines.flatMap((line, i) =>
    unfinished.test(line) ? [`${path}:${i + 1} has no issue number`] : [],
  )

/** A test that does not run says so, and why, in its name; none runs alone. */
export const silentSkips: Rule = source => {
  const found: string[] = []
  for (const node of nodesIn(source.program)) {
    if (node.type !== 'CallExpression') continue
    const callee = node['callee'] as Node
    const modifier = skipModifier(source.text.slice(callee.start, callee.end))
    if (modifier === undefined) continue
    const title = source.text.slice(callee.end, node.end).split('=>')[0]!
    if (modifier !== 'only' && saysSkipped(source, title)) continue
    found.push(`${source.path}:${lineOf(source, node.start)} ${modifier} without a reason`)
  }
  return found
}

/** `it.skip` and `it.skipIf(…)`, but not the `it.skipIf` within the latter. */
function skipModifier(callee: string): string | undefined {
  const [, plain] = /^(?:it|test|describe)(?:\.\w+)*?\.(only|todo|skip)\b/.exec(callee) ?? []
  const [, conditional] = /^(?:it|test|describe)(?:\.\w+)*?\.(skipIf|runIf)\(/.exec(callee) ?? []
  return plain ?? conditional
}

/** In the title itself, or in a constant that is part of it. */
function saysSkipped({ text }: Source, title: string): boolean {
  const [, constant] = /\$\{(\w+)\}/.exec(title) ?? []
  return (
    title.includes('skipped') ||
    (constant !== undefined && new RegExp(`\\b${constant} = .*skipped`).test(text))
  )
}
