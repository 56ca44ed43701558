/** The rules of style about who may know whom, and where the outside world comes in. */
import { builtinModules } from 'node:module'
import { importedFile, lineOf, nodesIn, type Node, type Source } from './source.ts'

/** Layers, and what each may import: `protocol ← storage ← src ← test`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: ['protocol'],
  storage: ['protocol', 'storage'],
  src: ['protocol', 'storage', 'src', 'package.json'],
  test: ['protocol', 'storage', 'src', 'test', 'compat-tests', 'bench', 'scripts'],
  // They talk TCP: what they prove is not what the broker's own code believes.
  'compat-tests': ['compat-tests'],
  bench: ['bench', 'compat-tests', 'protocol', 'src'],
  scripts: ['scripts', 'src'],
}

/**
 * The first compare our schemas, versions and codecs with Apache Kafka's, so they must know ours;
 * the oracle speaks to both brokers by what those have proven.
 */
const comparesProtocols = /^compat-tests\/((schemas|codec|releases|oracle)\.test|oracle\/.*)\.ts$/

/** All that storage needs to know of the protocol: batches, not messages. */
const protocolForStorage = [
  'record-batch',
  'record-reader',
  'records',
  'opened-records',
  'rewritten-batch',
  'control-records',
  'crc32c',
  'builtins',
  'compression',
]

export function wrongArrows(source: Source): string[] {
  const layer = layerOf(source.path)
  return source.imports.flatMap(({ specifier }) => {
    const file = importedFile(source, specifier)
    if (file === undefined) return []
    const target = layerOf(file)
    const isCompared = comparesProtocols.test(source.path) && /^(test\/)?protocol\//.test(file)
    const isAllowed = mayImport[layer]!.includes(target) || isCompared
    const isTooMuch =
      layer === 'storage' &&
      target === 'protocol' &&
      !protocolForStorage.some(name => file === `protocol/${name}.ts`)
    return isAllowed && !isTooMuch ? [] : [`${source.path} imports ${file}`]
  })
}

function layerOf(file: string): string {
  return file.split('/')[0]!
}

/** The outside world has one door each; tests replace what is behind it. */
const doors: readonly { pattern: RegExp; files: readonly string[] }[] = [
  { pattern: /^Date\.now$/, files: ['src/clock.ts'] },
  { pattern: /^performance\.now$/, files: ['src/clock.ts', 'storage/file/cleaning-worker.ts'] },
  { pattern: /^(setTimeout|setInterval)$/, files: ['src/clock.ts'] },
  { pattern: /^Math\.random$/, files: ['src/random.ts'] },
  { pattern: /^random(Bytes|UUID|Int)$/, files: ['src/random.ts'] },
  { pattern: /^process\.exit$/, files: ['src/main.ts'] },
]

const fileSystemDoors = [
  'storage/file/fs.ts',
  'src/cli/config-file.ts',
  'src/cli/image.ts',
  'src/cli/input.ts',
  'src/cli/port-owner.ts',
]
const fileSystem = /^(node:)?fs(\/promises)?$/
const core = ['protocol', 'storage', 'src']

/** Clock, chance, disk and exit anywhere but at their doors. */
export function backDoors(source: Source): string[] {
  if (!core.includes(layerOf(source.path))) return []
  const opensFiles = source.imports.some(({ specifier }) => fileSystem.test(specifier))
  const found = opensFiles && !fileSystemDoors.includes(source.path) ? ['node:fs'] : []
  for (const node of nodesIn(source.program)) {
    if (node.type !== 'CallExpression') continue
    const { start, end } = node['callee'] as Node
    const callee = source.text.slice(start, end)
    const door = doors.find(({ pattern }) => pattern.test(callee))
    if (door === undefined || door.files.includes(source.path)) continue
    found.push(`${callee} in line ${lineOf(source, node.start)}`)
  }
  return found.map(what => `${source.path} uses ${what}`)
}

/** What `startBroker()` loads before it can listen: each further package costs milliseconds. */
const startPathBuiltins = ['node:buffer', 'node:module', 'node:net']

/** Handlers and schemas are loaded by the first request of their API. */
const loadedLater = /^(src\/handlers|protocol\/apis)\/\d/

/** Packages, builtins and handlers that loading `entry` loads at once, and should not. */
export function heavyImports(sources: readonly Source[], entry: string): string[] {
  const byPath = new Map(sources.map(source => [source.path, source]))
  const seen = new Set<string>()
  const heavy: string[] = []
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = byPath.get(file)
    if (source === undefined) throw new Error(`${file} does not exist`)
    for (const { specifier, isType, isDynamic } of source.imports) {
      if (isType || isDynamic) continue
      const next = importedFile(source, specifier)
      if (next !== undefined && loadedLater.test(next)) heavy.push(`${file} loads ${next}`)
      else if (next !== undefined) visit(next)
      else if (!startPathBuiltins.includes(specifier)) heavy.push(`${file} loads ${specifier}`)
    }
  }
  visit(entry)
  return heavy
}

/** Imports of builtins without the prefix that says so. */
export function unmarkedBuiltins({ path, imports }: Source): string[] {
  return imports
    .filter(({ specifier }) => builtinModules.includes(specifier))
    .map(({ specifier }) => `${path} imports ${specifier} without 'node:'`)
}

/** What the comment of an API says that has a schema, and no handler. */
const notServed = 'Declared, not served yet.'

/** Every handler has a schema, a place in the list, and a test; an API without one says so. */
export function unpairedApis(sources: readonly Source[]): string[] {
  const paths = sources.map(({ path }) => path)
  const schemas = sources.flatMap(({ path, text }) => {
    const name = numberedFile(path, 'protocol/apis')
    return name === undefined ? [] : [{ name, isServed: !text.includes(notServed) }]
  })
  const handlers = paths.flatMap(path => numberedFile(path, 'src/handlers') ?? [])
  const list = sources.find(({ path }) => path === 'src/handlers/index.ts')
  const listed = list?.imports.map(({ specifier }) => specifier) ?? []
  return [
    ...schemas
      .filter(({ name, isServed }) => isServed !== handlers.includes(name))
      .map(({ name, isServed }) =>
        isServed
          ? `${name} has no handler, and does not say '${notServed}'`
          : `${name} has a handler, and says '${notServed}'`,
      ),
    ...handlers
      .filter(handler => !schemas.some(({ name }) => name === handler))
      .map(name => `${name} has no schema`),
    ...handlers
      .filter(name => !listed.includes(`./${name}.ts`))
      .map(name => `${name} is not in src/handlers/index.ts`),
    ...handlers
      .filter(name => !paths.some(path => path.startsWith(`test/handlers/${name}`)))
      .map(name => `${name} has no test in test/handlers`),
  ]
}

/** '12-heartbeat' for the file of that API in a folder. */
function numberedFile(path: string, folder: string): string | undefined {
  const [, name] = new RegExp(`^${folder}/(\\d\\d-[a-z-]+)\\.ts$`).exec(path) ?? []
  return name
}
