/**
 * Makes the npm package in dist/: JavaScript, because Node.js strips no types below node_modules.
 * `npm publish ./dist` publishes it; the repository itself is private.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['--project', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})

const published = JSON.parse(readFileSync('package.json', 'utf8'))
for (const name of ['private', 'scripts', 'devDependencies', 'allowScripts']) delete published[name]
published.exports = { '.': { types: './src/index.d.ts', default: './src/index.js' } }
writeFileSync('dist/package.json', `${JSON.stringify(published, undefined, 2)}\n`)
for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) copyFileSync(file, `dist/${file}`)
