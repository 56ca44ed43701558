/**
 * Makes the npm package in dist/, and `npm publish ./dist` publishes it; the repository is private.
 * tsc makes JavaScript, because Node.js strips no types below node_modules, and declarations. What
 * a start loads is then joined to one file, for three hundred files take more than twice the time;
 * what is loaded later stays apart.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const packageJson = JSON.parse(readFileSync('package.json', 'utf8'))
/** What an import of the package loads. */
const startEntry = 'src/chunks/start'
/** What `exports` names, without the extension. */
const exported = Object.values(packageJson.exports).map(file => file.slice(2, -'.ts'.length))

rmSync('dist', { recursive: true, force: true })
mkdirSync('.cache', { recursive: true })
const compiled = resolve(mkdtempSync('.cache/build-'))
try {
  execFileSync('tsc', ['--project', 'tsconfig.build.json', '--outDir', compiled], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  await bundle()
  copyDeclarations()
  cpSync(join(compiled, 'bin'), 'dist/bin', { recursive: true })
} finally {
  rmSync(compiled, { recursive: true })
}
for (const path of ['docs', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
  cpSync(path, join('dist', path), { recursive: true })
}
writeFileSync('dist/package.json', `${JSON.stringify(published(), undefined, 2)}\n`)

async function bundle() {
  const start = new Set()
  const build = await rolldown({
    input: {
      ...Object.fromEntries(exported.map(file => [file, join(compiled, `${file}.js`)])),
      [startEntry]: join(compiled, 'src/index.js'),
      'src/main': join(compiled, 'src/main.js'),
      // A thread: it is looked for beside the code that starts it.
      'src/chunks/cleaning-worker': join(compiled, 'storage/file/cleaning-worker.js'),
    },
    platform: 'node',
    external: [/^node:/, /^[^./]/],
    plugins: [startOf('src/index', start)],
  })
  const { output } = await build.write({
    dir: 'dist',
    entryFileNames: '[name].js',
    chunkFileNames: 'src/chunks/[name].js',
    comments: false,
    // Lines, and what stack traces name, stay as they are.
    minify: {
      compress: false,
      mangle: { toplevel: false, keepNames: true },
      codegen: { removeWhitespace: false },
    },
    codeSplitting: { groups: [{ name: 'broker', test: id => start.has(id) }] },
  })
  await build.close()
  const { exports } = output.find(({ name }) => name === startEntry)
  writeFileSync('dist/src/index.js', cachingEntry(exports.join(', ')))
}

/**
 * Loads the rest when what Node.js compiles is kept for later processes: that is most of a start.
 * Where coverage is measured, it is not kept, for that would be less precise (Node.js: module API).
 */
function cachingEntry(exports) {
  return `import { createRequire, enableCompileCache } from 'node:module'

const { env, execArgv } = process
const isCovered = env.NODE_V8_COVERAGE !== undefined || execArgv.some(arg => /coverage/.test(arg))
if (!isCovered) enableCompileCache()
const { ${exports} } = createRequire(import.meta.url)('./chunks/start.js')
export { ${exports} }
`
}

/** Collects what loading an entry loads at once. */
function startOf(entry, modules) {
  return {
    name: 'start',
    buildEnd() {
      const visit = id => {
        const module = this.getModuleInfo(id)
        if (module === null || module.isExternal || modules.has(id)) return
        modules.add(id)
        module.importedIds.forEach(visit)
      }
      const ids = [...this.getModuleIds()]
      visit(ids.find(id => id.endsWith(`/${entry}.js`)))
    },
  }
}

/** Those that `exports` leads to: they tell nothing of the rest. */
function copyDeclarations() {
  const seen = new Set()
  const copy = file => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(compiled, file), 'utf8')
    mkdirSync(join('dist', dirname(file)), { recursive: true })
    writeFileSync(join('dist', file), text)
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      copy(join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  for (const file of exported) copy(`${file}.d.ts`)
}

function published() {
  const exports = Object.entries(packageJson.exports).map(([as, file]) => {
    const path = file.slice(0, -'.ts'.length)
    return [as, { types: `${path}.d.ts`, default: `${path}.js` }]
  })
  const { name, version, description, license, type, bin } = packageJson
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packageJson
  return {
    name,
    version,
    description,
    license,
    type,
    engines: { node: '>=22.15' },
    files: ['bin', 'docs', 'protocol', 'src', 'storage', 'CHANGELOG.md'],
    bin,
    exports: Object.fromEntries(exports),
    dependencies,
    optionalDependencies,
    peerDependencies,
    peerDependenciesMeta,
  }
}
