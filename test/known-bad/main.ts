/**
 * Shows on each bad build that the tools catch it which the table names: `npm run known-bad`. With
 * `--write` every tool runs, and what they catch becomes the table. Names of builds, or parts of
 * them, leave out the others.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { badBuilds, type BadBuild } from './builds.ts'
import { readTable, writeTable, type Catches } from './table.ts'
import { tools, type Tool } from './tools.ts'
import { changedTree } from './tree.ts'

const maxMinutes = 3
/** A build that does not load would be caught by everything, for no good reason. */
const load = `await import('./src/index.ts'); await import('./storage/data-directory.ts')`

/** Resolves with what the program has printed if it fails, and with nothing if it does not. */
async function complaintOf(cwd: string, args: readonly string[], env = {}): Promise<string> {
  const signal = AbortSignal.timeout(maxMinutes * 60_000)
  const options = { cwd, env: { ...process.env, NO_COLOR: '1', ...env }, signal, detached: true }
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  groups.add(child.pid!)
  let output = ''
  child.stdout.on('data', chunk => (output += String(chunk)))
  child.stderr.on('data', chunk => (output += String(chunk)))
  const [code] = await once(child, 'close').catch(() => [`none after ${maxMinutes} minutes`])
  endGroup(child.pid!)
  return code === 0 ? '' : `${output}\nexit code: ${code}`
}

/** Of what runs now: programs, and servers that they have started. */
const groups = new Set<number>()

/** A bad build may hang so that the tool that has caught it could not end it. */
function endGroup(leader: number): void {
  groups.delete(leader)
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Nobody is left.
  }
}

process.on('exit', () => groups.forEach(endGroup))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

function judge({ files, env }: Tool, tree: string): Promise<string> {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--bail', '1', '--testTimeout', '60000']
  return complaintOf(tree, [...vitest, ...files], env)
}

async function checkGoodBuild(): Promise<void> {
  await using tree = await changedTree([])
  for (const tool of tools) {
    const complaint = await judge(tool, tree.path)
    if (complaint !== '') throw new Error(`${tool.name} catches a good build:\n${complaint}`)
  }
}

/** The names of those among the tools that catch a build. */
async function catchersOf(
  { name, edits }: BadBuild,
  candidates: readonly Tool[],
): Promise<Set<string>> {
  await using tree = await changedTree(edits)
  const problem = await complaintOf(tree.path, ['--input-type=module', '-e', load])
  if (problem !== '') throw new Error(`the build that ${name} does not load:\n${problem}`)
  const catchers = new Set<string>()
  for (const tool of candidates) {
    if ((await judge(tool, tree.path)) !== '') catchers.add(tool.name)
  }
  process.stdout.write(`${name}: ${[...catchers].join(', ') || 'caught by nobody'}\n`)
  return catchers
}

async function runAll(builds: readonly BadBuild[], table: Catches | undefined): Promise<Catches> {
  const catches = new Map<string, ReadonlySet<string>>()
  const left = [...builds]
  const worker = async (): Promise<void> => {
    for (let build = left.shift(); build; build = left.shift()) {
      const named = table?.get(build.name)
      const candidates = named === undefined ? tools : tools.filter(({ name }) => named.has(name))
      catches.set(build.name, await catchersOf(build, candidates))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return catches
}

/** What is worse than the table says. */
function regressions(catches: Catches, table: Catches): string[] {
  const repeatable = tools.filter(({ isRepeatable }) => isRepeatable)
  return [...catches].flatMap(([build, catchers]) => {
    if (catchers.size === 0) return [`nobody catches the build that ${build}`]
    return repeatable
      .filter(({ name }) => table.get(build)?.has(name) && !catchers.has(name))
      .map(({ name }) => `${name} no longer catches the build that ${build}`)
  })
}

const mustWrite = process.argv[2] === '--write'
const parts = process.argv.slice(mustWrite ? 3 : 2)
const builds = badBuilds.filter(
  ({ name }) => parts.length === 0 || parts.some(part => name.includes(part)),
)
const table = await readTable()
await checkGoodBuild()
const catches = await runAll(builds, mustWrite ? undefined : table)
const problems = regressions(catches, mustWrite ? new Map() : table)
if (mustWrite) await writeTable(new Map([...table, ...catches]))
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
