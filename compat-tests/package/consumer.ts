/** Projects that have installed the packed npm package, as users have. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runTool } from '../tool.ts'

const root = path.join(import.meta.dirname, '../..')
const cache = path.join(root, '.cache')
/** Nothing that the package depends on may need a script when it is installed. */
const quietly = ['--silent', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts']

let packed: Promise<string> | undefined

/** The tarball that would be published; built and packed once for a test file. */
export function packOnce(): Promise<string> {
  packed ??= pack()
  return packed
}

async function pack(): Promise<string> {
  await runTool(process.execPath, [path.join(root, 'scripts/build.js')])
  await mkdir(cache, { recursive: true })
  const options = ['pack', '--silent', '--json', '--pack-destination', cache]
  const answer = await runTool('npm', [...options, path.join(root, 'dist')])
  const [{ filename }] = JSON.parse(answer) as [{ filename: string }]
  return path.join(cache, filename)
}

/** The paths of the files in a tarball. */
export async function filesIn(tarball: string): Promise<string[]> {
  const listed = await runTool('tar', ['-tzf', tarball])
  return listed.trim().split('\n')
}

export interface Consumer extends AsyncDisposable {
  readonly folder: string
  write(file: string, text: string): Promise<void>
  /** Gives what it says on stdout; rejects with what it says on stderr if it fails. */
  run(program: string, ...args: string[]): Promise<string>
}

/** An empty project with the package and others in it, by their names and versions. */
export async function newConsumer(...packages: string[]): Promise<Consumer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'odradek-consumer-'))
  const write = (file: string, text: string) => writeFile(path.join(folder, file), text)
  const run = (program: string, ...args: string[]) =>
    runTool(program, args, { folder, timeoutMs: 240_000 })
  await write('package.json', '{ "type": "module", "private": true }')
  await run('npm', 'install', ...quietly, await packOnce(), ...packages)
  const remove = () => rm(folder, { recursive: true, force: true })
  return { folder, write, run, [Symbol.asyncDispose]: remove }
}

/** The newest Node.js of a major version, from its npm package; undefined where there is none. */
export async function nodeBinary(major: number): Promise<string | undefined> {
  const [own] = process.versions.node.split('.')
  if (own === String(major)) return process.execPath
  const folder = path.join(cache, `node-${major}`)
  const name = `node-${process.platform}-${process.arch}`
  const binary = path.join(folder, 'node_modules', name, 'bin/node')
  await mkdir(folder, { recursive: true })
  try {
    await readFile(binary)
  } catch {
    try {
      await runTool('npm', ['install', ...quietly, '--prefix', folder, `${name}@${major}`])
    } catch {
      return undefined
    }
  }
  return binary
}
