/**
 * Installs the dependencies when they are missing or older than package-lock.json. Runs before
 * `npm start` and `npm test`, on whatever Node the machine has; Node 24 itself is one of the
 * dependencies, and npm puts it first on PATH.
 *
 * No install script runs but that of `node`: npm would compile better-sqlite3, whose binaries lie
 * inside the package, because a lock file does not record `"gypfile": false`.
 */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const oldestMajor = 20

if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  fail(`Node ${process.versions.node} is too old to install Odradek: use ${oldestMajor} or newer.`)
}
const outdated = modified('package-lock.json') > modified('node_modules/.package-lock.json')
const suffix = process.platform === 'win32' ? '.exe' : ''
const incomplete = modified(`node_modules/node/bin/node${suffix}`) === 0
if (outdated || incomplete) {
  console.error('Installing dependencies (npm ci) …')
  // Warnings about the engine are pointless here: the engine is what is being installed.
  npm('ci', '--ignore-scripts', '--include=dev', '--loglevel=error')
  npm('rebuild', 'node', '--loglevel=error')
}

/** Milliseconds since the epoch; 0 for a file that does not exist. */
function modified(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Output goes to stderr: stdout is for data. */
function npm(...args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    shell: process.platform === 'win32',
  })
  if (error) fail(`Cannot run npm: ${error.message}`)
  if (status !== 0) fail(`'npm ${args.join(' ')}' failed: see above.`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
